// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/sharing.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

const std::vector<sharing_member> flats{{"F01", of("100"), of("80")},
                                        {"F02", of("0"), of("80")},
                                        {"F03", of("200"), of("40.5")}};

std::vector<std::string> told(const result<std::vector<scalar>>& parts)
{
    std::vector<std::string> out;
    if (!parts) return {std::string{to_string(parts.error())}};
    for (const scalar each : *parts) out.push_back(to_string(each));
    return out;
}

money yuan(std::string_view text) { return {amount::parse(text).value(), currency{"CNY"}}; }

}  // namespace

TEST_CASE("a lift's energy is shared by energy, by area or equally, to the last step")
{
    using strings = std::vector<std::string>;
    CHECK(told(share(of("10"), flats, sharing_key::energy)) ==
          strings{"3.3333", "0.0000", "6.6667"});
    CHECK(told(share(of("10"), flats, sharing_key::area)) ==
          strings{"3.9900", "3.9900", "2.0200"});
    CHECK(told(share(of("10"), flats, sharing_key::equally)) ==
          strings{"3.3334", "3.3333", "3.3333"});
    const std::vector<sharing_member> empty_house{{"F01", {}, {}}, {"F02", {}, {}}};
    CHECK(told(share(of("1"), empty_house, sharing_key::energy)) == strings{"0.5000", "0.5000"});
    CHECK(told(share(of("1"), empty_house, sharing_key::area)) == strings{"empty"});
    CHECK(told(share(of("1"), {}, sharing_key::equally)) == strings{"empty"});
}

TEST_CASE("money is shared in steps of a millionth and sums to the whole")
{
    const auto parts = share(yuan("0.000005"), flats, sharing_key::equally).value();
    CHECK(to_string(parts[0]) == "0.000002 CNY");
    CHECK(to_string(parts[2]) == "0.000001 CNY");
}

TEST_CASE("what the main meter shows beyond its members is common")
{
    CHECK(to_string(common_energy(of("310.25"), flats).value()) == "10.2500");
    CHECK(common_energy(of("299"), flats).error() == errc::out_of_range);
}

TEST_CASE("what a reseller collected too much goes back to those who paid it")
{
    // Shanghai market regulator, case 4: 1174359.77 collected, 1080373.57 due.
    const std::vector<money> paid{yuan("1000000"), yuan("174359.77")};
    const auto back = refunds(yuan("1080373.57"), paid).value();
    CHECK(to_string((back[0] + back[1]).value()) == "93986.200000 CNY");
    CHECK(to_string(back[0]) == "80031.862808 CNY");
    const auto none = refunds(yuan("2000000"), paid).value();
    CHECK(none[0].is_zero());
}
