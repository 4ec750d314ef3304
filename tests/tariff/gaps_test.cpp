// SPDX-License-Identifier: Apache-2.0
// What the data do not tell is charged as nothing, and listed; prices hold from their first day.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/rate.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

using tariff_type = wattpurse::tariff::tariff;
using std::chrono::days;
using std::chrono::hours;

consumption_row days_of(int from, int until, channel what = channel::import)
{
    consumption_row out;
    out.from = january().from + days{from - 1};
    out.until = january().from + days{until - 1};
    out.what = what;
    if (what == channel::import) out.register_index = 0;
    out.quantity = of("10");
    return out;
}

/// "import main 05-08": days of January.
std::vector<std::string> gaps_of(const tariff_type& by, const consumption& what,
                                 instant through = january().until)
{
    const auto done = rate(by, what, january(), through);
    if (!done) return {to_string(done.error().front())};
    std::vector<std::string> out;
    const auto day = [&](instant at) { return to_string(by.zone.day_at(at)).substr(5); };
    for (const gap& each : done->gaps) {
        out.push_back(std::string{to_string(each.what)} + ' ' + each.meter + ' ' +
                      day(each.from) + ' ' + day(each.until));
    }
    return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("times of which no row tells are listed, up to what is rated")
{
    auto by = single("CNY", rate_table::flat(price_of("0.5")));
    consumption what;
    what.rows = {days_of(10, 12), days_of(1, 5), days_of(5, 8)};
    CHECK(gaps_of(by, what) == texts{"import main 01-08 01-10", "import main 01-12 02-01"});
    CHECK(gaps_of(by, what, january().from + days{11}) == texts{"import main 01-08 01-10"});
    what.rows.push_back(days_of(8, 10));
    what.rows.back().quality = quality::suspect;  // not charged: nothing is known
    what.service_until = january().from + days{11};
    CHECK(gaps_of(by, what) == texts{"import main 01-08 01-10"});
    what.rows = {};
    what.service_from = january().from + days{3};
    CHECK(gaps_of(by, what) == texts{"import main 01-04 01-12"});
    CHECK(gaps_of(by, used("10")) == texts{});  // a register's month is one row
}

TEST_CASE("a channel that is counted and has no rows is listed, one that is not counted is not")
{
    auto by = single("CNY", rate_table::flat(price_of("0.5")));
    consumption what;
    what.meters = {"main", "roof"};
    what.rows = {days_of(1, 32)};
    CHECK(gaps_of(by, what) == texts{});  // the roof has no import register
    determinant back = energy_of("back");
    back.of = source::export_;
    by.versions[0].determinants.push_back(back);
    CHECK(gaps_of(by, what) ==
          texts{"export main 01-01 02-01", "export roof 01-01 02-01"});
    what.rows.push_back(days_of(1, 31, channel::export_));
    what.rows.back().meter = 1;
    CHECK(gaps_of(by, what) == texts{"export roof 01-31 02-01"});
}

TEST_CASE("a ladder by the year needs what came before the period, or an opening")
{
    auto by = single("CNY", graduated({{"2000", "0.5"}, {"", "0.8"}}));
    by.versions[0].determinants[0].scope = scope::year;
    by.versions[0].determinants[0].anchor = {7, 1};
    consumption what;
    what.rows = {days_of(1, 32)};
    CHECK(gaps_of(by, what) == texts{"import main 07-01 01-01"});
    what.openings = {{"energy", "", of("1234")}};
    CHECK(gaps_of(by, what) == texts{});
}

TEST_CASE("a period that begins before the first prices is refused")
{
    auto by = single("CNY", rate_table::flat(price_of("0.5")));
    by.versions[0].from = parse_day("2026-01-10").value();
    CHECK(gaps_of(by, used("10")) ==
          texts{"/period: 2026-01-01T00:00:00+08:00 (expected no day before 2026-01-10, the first "
                "with prices)"});
    consumption late;
    late.service_from = january().from + days{9};
    late.rows = {days_of(10, 32)};
    CHECK(gaps_of(by, late) == texts{});
}
