// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <sstream>
#include <type_traits>
#include <utility>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/meter/dialect.hpp>
#include <wattpurse/meter/top_up.hpp>
#include <wattpurse/meter/top_up_request.hpp>

#include "fake_line.hpp"
#include "fake_security.hpp"

using namespace wattpurse;
using fake::hex_of;
using meter::dialect;
using meter::top_up_order;
using meter::top_up_way;
namespace dlt645 = wattpurse::codec::dlt645;

namespace {

const meter::credentials who{0x04, {0x11, 0x22, 0x33}, {0x01, 0x02, 0x03, 0x04}};

template <class T, class = void>
struct is_printable : std::false_type {};
template <class T>
struct is_printable<T, std::void_t<decltype(std::declval<std::ostream&>()
                                            << std::declval<const T&>())>> : std::true_type {};

top_up_order hundred()
{
    top_up_order out;
    out.amount = decimal<2>::of(100'00);
    out.purchase_count = 2;
    return out;
}

}  // namespace

static_assert(is_printable<int>::value, "the test can tell");
static_assert(!is_printable<meter::credentials>::value);
static_assert(!is_printable<meter::session_request>::value);
static_assert(!is_printable<meter::session_answer>::value);
static_assert(!is_printable<meter::sealed_control>::value);
static_assert(!is_printable<meter::top_up_seal>::value);
static_assert(!is_printable<meter::access>::value);

TEST_CASE("every dialect is found by its name, says where it was learnt, and is of one piece")
{
    CHECK(meter::dialects().size() == 4);
    for (const dialect& each : meter::dialects()) {
        CAPTURE(each.name);
        REQUIRE(meter::find_dialect(each.name) != nullptr);
        CHECK(meter::find_dialect(each.name)->way == each.way);
        CHECK(!each.source.empty());
        CHECK(each.money.exists());
        CHECK(each.top_up != dlt645::data_id{});
        CHECK(to_string(each.way) != "unknown");
    }
    CHECK(meter::find_dialect("no such meter") == nullptr);
    CHECK(meter::find_dialect("") == nullptr);
}

TEST_CASE("a State Grid meter takes no trip in plain text, and a park meter does")
{
    using meter::accepts_plain;
    CHECK(!accepts_plain(meter::state_grid_filing, command_kind::trip));
    CHECK(!accepts_plain(meter::state_grid_filing, command_kind::protect));
    CHECK(accepts_plain(meter::state_grid_filing, command_kind::close));
    CHECK(accepts_plain(meter::state_grid_filing, command_kind::permit));
    CHECK(accepts_plain(meter::park_plain, command_kind::trip));
    CHECK(accepts_plain(meter::write_identifier, command_kind::unprotect));
}

TEST_CASE("the vendor's top-up of 34 bytes is the vendor's, byte for byte")
{
    // The layout of a public port of the vendor's own builder (issasohail/tms).
    const auto plate = dlt645::address::parse("260305510012").value();
    top_up_order order = hundred();
    order.order_number = meter::number_wire<8>("1240826202124138").value();
    const auto made = meter::top_up_request(meter::vendor_top_up_34, plate, order, {});
    REQUIRE(made.has_value());
    CHECK(made->length == 34);
    std::array<std::uint8_t, 64> wire{};
    const auto size = dlt645::encode(*made, wire, 0).value();
    CHECK(hex_of(byte_span{wire}.first(size - 2)) ==
          "68120051050326680322"
          "3235343A"          // 070102FF
          "77665544"          // operator, as the vendor sends it
          "435A3333"          // 100.00 in binary hundredths
          "6B744535"
          "95B57345"          // order number
          "33333333"          // no authentication code
          "453384383659"      // meter number
          "33333333");
}

TEST_CASE("the filing document's top-up of 30 bytes matches the public frame")
{
    const auto expected = dlt645::decode(fake::bytes_of(
        "6812907856341268031E3235343A34333333435A333335333333DDEEFF1089333333333344556677F216"));
    REQUIRE(expected.has_value());
    top_up_order order = hundred();
    order.customer = meter::number_wire<6>("56").value();
    meter::access right;
    right.operator_code = {0x01, 0x00, 0x00, 0x00};
    const auto made = meter::top_up_request(meter::park_plain, expected->address, order, right);
    REQUIRE(made.has_value());
    auto without_codes = *expected;
    std::fill_n(without_codes.data.begin() + 16, 4, std::uint8_t{0});  // MAC 1
    std::fill_n(without_codes.data.begin() + 26, 4, std::uint8_t{0});  // MAC 2
    CHECK(*made == without_codes);
}

TEST_CASE("a sealed top-up carries what the module made of money, count and customer")
{
    fake::security module;
    meter::access right;
    right.sealing = &module;
    top_up_order order = hundred();
    order.customer = {9, 8, 7, 6, 5, 4};
    const auto plate = dlt645::address::parse("000000000001").value();
    const auto& kind = meter::state_grid_filing;
    CHECK(meter::top_up_request(kind, plate, order, right).error() == errc::not_available);
    module.session = true;
    const auto made = meter::top_up_request(kind, plate, order, right).value();
    const auto parsed = dlt645::parse_security(made).value();
    CHECK(parsed.id == dlt645::data_id::top_up);
    CHECK(made.length == 30);
    const byte_span fields = made.payload().subspan(8);
    CHECK(fields[8] == fake::security::sum(fields.first(8), 2));
    CHECK(fields[18] == fake::security::sum(fields.subspan(12, 6), 3));
    order.opens_account = true;
    const auto opened = meter::top_up_request(kind, plate, order, right).value();
    CHECK(dlt645::parse_security(opened)->id == dlt645::data_id::open_account);
    CHECK(meter::top_up_request(kind, plate, order, {}).error() == errc::empty);
}

TEST_CASE("the top-up by writing puts count before amount on the wire, both in BCD")
{
    const auto plate = dlt645::address::parse("000000000001").value();
    top_up_order order = hundred();
    order.amount = decimal<2>::of(123'45);
    order.purchase_count = 678;
    meter::access right;
    right.plain = who;
    const auto made = meter::top_up_request(meter::write_identifier, plate, order, right).value();
    CHECK(made.control == 0x14);
    CHECK(hex_of(made.payload()) == "00009004"
                                    "0411223301020304"
                                    "78060000"
                                    "45230100");
    CHECK(meter::top_up_request(meter::write_identifier, plate, order, {}).error() ==
          errc::empty);
    order.purchase_count = 100'000'000;
    CHECK(meter::top_up_request(meter::write_identifier, plate, order, right).error() ==
          errc::out_of_range);
}

TEST_CASE("amounts that no meter can show are not sent")
{
    const auto plate = dlt645::address::parse("000000000001").value();
    top_up_order order = hundred();
    for (const std::int64_t hundredths : {std::int64_t{-1}, std::int64_t{0},
                                          std::int64_t{100'000'000},
                                          std::int64_t{4'294'967'296}}) {
        CAPTURE(hundredths);
        order.amount = decimal<2>::of(hundredths);
        CHECK(meter::top_up_request(meter::park_plain, plate, order, {}).error() ==
              errc::out_of_range);
    }
    order.amount = decimal<2>::of(99'999'999);
    CHECK(meter::top_up_request(meter::park_plain, plate, order, {}).has_value());
    dialect none = meter::park_plain;
    none.way = top_up_way::none;
    CHECK(meter::top_up_request(none, plate, order, {}).error() == errc::not_found);
}

TEST_CASE("numbers as people write them become bytes, low byte first")
{
    using meter::number_wire;
    CHECK(number_wire<3>("123456").value() == std::array<std::uint8_t, 3>{0x56, 0x34, 0x12});
    CHECK(number_wire<3>("123").value() == std::array<std::uint8_t, 3>{0x23, 0x01, 0x00});
    CHECK(number_wire<3>("").error() == errc::syntax);
    CHECK(number_wire<3>("1234567").error() == errc::syntax);
    CHECK(number_wire<3>("12 4").error() == errc::syntax);
}
