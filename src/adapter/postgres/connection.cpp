// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <array>

namespace wattpurse::adapter::postgres {
namespace {

using words = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

/// Wherever the connection does not say otherwise. A partner who is gone without a word is noticed
/// in half a minute, and a standby is not taken for the server.
constexpr std::array<std::pair<const char*, const char*>, 8> defaults{{
    {"application_name", "wattpurse"},
    {"connect_timeout", "5"},
    {"target_session_attrs", "read-write"},
    {"keepalives", "1"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "25000"},
}};

/// libpq ends its texts with a line feed, and the server may add lines of its own.
[[nodiscard]] std::string one_line(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    for (std::size_t i = 0; (i = text.find('\n', i)) != std::string::npos;) {
        text.replace(i, 1, "; ");
    }
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text;
}

/// The server has ended, or is about to end, the connection.
[[nodiscard]] bool ends_connection(std::string_view state) noexcept
{
    return state.substr(0, 2) == "08" || state == "57P01" || state == "57P02" ||
           state == "57P03" || state == "57P05" || state == "25P03";
}

/// As PostgreSQL writes a time to wait.
[[nodiscard]] std::string milliseconds(duration time)
{
    return std::to_string(std::max<std::int64_t>(time.count(), 1)) + "ms";
}

/// 'remote_apply' promises more than 'on', and stays. enable_seqscan: a table that is still small
/// would be read as a whole, which a SERIALIZABLE transaction takes for a conflict with every
/// other shard's writer. The other two keep a writer that has stopped from stopping the next.
constexpr const char* set_up =
    "SELECT set_config('search_path', $1, false), "
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
    "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), "
    "set_config('enable_seqscan', 'off', false), "
    "set_config('lock_timeout', $2, false), "
    "set_config('idle_in_transaction_session_timeout', $3, false)";

constexpr const char* ask_durable =
    "SELECT coalesce(current_setting('fsync', true), 'on'), "
    "coalesce(current_setting('synchronous_commit', true), 'on'), "
    "current_setting('server_encoding')";

/// A server that may lose what it has answered as committed keeps no ledger.
void check_server(rows answer)
{
    answer.next();
    const std::string fsync = answer.text();
    const std::string synchronous = answer.text();
    const std::string encoding = answer.text();
    if (fsync != "on") {
        throw std::runtime_error{"the server runs with fsync = " + fsync +
                                 ": a power cut would lose what was committed"};
    }
    if (synchronous == "off") {
        throw std::runtime_error{"the server runs with synchronous_commit = off: it answers "
                                 "before anything is on the disk"};
    }
    if (encoding != "UTF8") {
        throw std::runtime_error{"the database is in " + encoding + ", and should be in UTF8"};
    }
}

/// libpq takes a URI with a slash in its password for one without a password, and pieces of that
/// for host, port and database.
[[nodiscard]] bool has_slash_in_password(std::string_view conninfo)
{
    const bool is_uri = conninfo.substr(0, 13) == "postgresql://" ||
                        conninfo.substr(0, 11) == "postgres://";
    if (!is_uri) return false;
    const std::size_t server = conninfo.find("//") + 2;
    const std::size_t slash = std::min(conninfo.find('/', server), conninfo.size());
    return conninfo.substr(slash, conninfo.find('?', slash) - slash).find('@') !=
           std::string_view::npos;
}

}  // namespace

// ---- Address ------------------------------------------------------------------------------------

address::address(const std::string& conninfo)
{
    // What libpq says of a text that it cannot parse may repeat a piece of the password.
    const words parsed{PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree};
    if (!parsed) {
        throw std::runtime_error{"the connection string is not understood (and not repeated: it "
                                 "may hold a password)"};
    }
    if (has_slash_in_password(conninfo)) {
        throw std::runtime_error{"the connection string is not understood: a / in the password "
                                 "is written %2F, an @ in the database's name %40"};
    }
    for (const PQconninfoOption* each = parsed.get(); each->keyword != nullptr; ++each) {
        if (each->val != nullptr) words_.emplace_back(each->keyword, each->val);
    }
    const std::string host = word("host").empty() ? word("hostaddr") : word("host");
    if (host.find('@') != std::string::npos) {
        throw std::runtime_error{"the connection string is not understood: an @ in the password "
                                 "is written %40"};
    }
    place_ = (host.empty() ? "localhost" : host) +
             (word("port").empty() ? "" : ":" + word("port")) +
             (word("dbname").empty() ? "" : "/" + word("dbname"));
}

std::string address::word(std::string_view name) const
{
    const auto found = std::find_if(words_.begin(), words_.end(),
                                    [name](const auto& each) { return each.first == name; });
    return found == words_.end() ? std::string{} : found->second;
}

std::string address::without_secrets(std::string text) const
{
    for (const char* const name : {"password", "sslpassword"}) {
        const std::string secret = word(name);
        for (std::size_t i = 0; !secret.empty() && (i = text.find(secret, i)) != text.npos;) {
            text.replace(i, secret.size(), "***");
            i += 3;
        }
    }
    return text;
}

// ---- Rows ---------------------------------------------------------------------------------------

bool rows::next() noexcept
{
    column_ = 0;
    return ++row_ < PQntuples(result_.get());
}

std::size_t rows::size() const noexcept
{
    return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::string_view rows::value()
{
    const int column = column_++;
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

std::int64_t rows::integer()
{
    const std::string_view bytes = value();
    if (bytes.size() != 4 && bytes.size() != 8) {
        throw row_fault{"a number of " + std::to_string(bytes.size()) + " bytes"};
    }
    std::uint64_t number = 0;
    for (const char c : bytes) {
        number = number << 8U | static_cast<std::uint8_t>(c);
    }
    return bytes.size() == 8 ? static_cast<std::int64_t>(number)
                             : static_cast<std::int32_t>(static_cast<std::uint32_t>(number));
}

std::uint64_t rows::count()
{
    const std::int64_t number = integer();
    if (number < 0) {
        throw row_fault{"a count is negative: " + std::to_string(number)};
    }
    return static_cast<std::uint64_t>(number);
}

std::string rows::text()
{
    return unstored(value());
}

std::vector<std::uint8_t> rows::bytes()
{
    const std::string_view all = value();
    return {all.begin(), all.end()};
}

instant rows::time()
{
    return instant{duration{integer()}};
}

std::optional<instant> rows::optional_time()
{
    const auto number = optional_integer();
    return number ? std::optional{instant{duration{*number}}} : std::nullopt;
}

std::optional<std::int64_t> rows::optional_integer()
{
    if (PQgetisnull(result_.get(), row_, column_) != 0) {
        ++column_;
        return std::nullopt;
    }
    return integer();
}

// ---- Connection ---------------------------------------------------------------------------------

connection::connection(const address& where, const options& how) : where_{where}
{
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : where_.words_) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    for (const auto& [name, value] : defaults) {
        if (!where_.word(name).empty()) continue;
        names.push_back(name);
        values.push_back(value);
    }
    names.insert(names.end(), {"client_encoding", nullptr});
    values.insert(values.end(), {"UTF8", nullptr});
    handle_ = PQconnectdbParams(names.data(), values.data(), 0);
    try {
        if (PQstatus(handle_) != CONNECTION_OK) raise_lost();
        PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
        if (PQenterPipelineMode(handle_) != 1) raise_lost();
        check_server(ask(ask_durable));
        ask(set_up, parameters{}
                        .put(how.schema)
                        .put(milliseconds(how.patience))
                        .put(milliseconds(how.patience / 2)));
    } catch (...) {
        PQfinish(handle_);
        throw;
    }
}

connection::~connection()
{
    PQfinish(handle_);
}

void connection::raise_lost() const
{
    throw postgres_error{"", true, where_.without_secrets(one_line(PQerrorMessage(handle_)))};
}

postgres_error connection::error_of(const PGresult* result) const
{
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string known = state == nullptr ? "" : state;
    const bool lost = PQstatus(handle_) != CONNECTION_OK || ends_connection(known);
    return {known, lost, where_.without_secrets(one_line(PQresultErrorMessage(result)))};
}

void connection::send(const std::string& sql, const parameters& given)
{
    const parameters::view view = given.given();
    const auto known = prepared_.find(sql);
    std::string name = known == prepared_.end() ? "" : known->second;
    if (name.empty()) {
        const auto next = "s" + std::to_string(prepared_.size() + preparing_.size());
        const auto [place, is_new] = preparing_.emplace(sql, next);
        name = place->second;
        if (is_new) {
            if (PQsendPrepare(handle_, name.c_str(), sql.c_str(), view.count,
                              view.types.data()) != 1) {
                raise_lost();
            }
            sent_.push_back({sql, false});
        }
    }
    if (PQsendQueryPrepared(handle_, name.c_str(), view.count, view.values.data(),
                            view.lengths.data(), view.formats.data(), 1) != 1) {
        raise_lost();
    }
    sent_.push_back({});
}

void connection::send_once(const std::string& sql, const parameters& given)
{
    const parameters::view view = given.given();
    if (PQsendQueryParams(handle_, sql.c_str(), view.count, view.types.data(),
                          view.values.data(), view.lengths.data(), view.formats.data(), 1) != 1) {
        raise_lost();
    }
    sent_.push_back({});
}

PGresult* connection::next_result()
{
    PGresult* const first = PQgetResult(handle_);
    if (first == nullptr) raise_lost();
    while (PGresult* const more = PQgetResult(handle_)) {  // a lost connection says so twice
        PQclear(more);
        if (PQstatus(handle_) != CONNECTION_OK) break;
    }
    return first;
}

void connection::take_sync()
{
    PGresult* const end = PQgetResult(handle_);
    const bool whole = end != nullptr && PQresultStatus(end) == PGRES_PIPELINE_SYNC;
    PQclear(end);
    if (!whole) raise_lost();
}

/// What went wrong in it. A statement that was left out, since another went wrong, is no error.
std::optional<postgres_error> connection::error_in(const rows& answer) const
{
    const ExecStatusType status = PQresultStatus(answer.result());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_SINGLE_TUPLE ||
        status == PGRES_PIPELINE_ABORTED) {
        return std::nullopt;
    }
    return error_of(answer.result());
}

/// Hands over the rows of the next statement one by one, up to the first fault.
void connection::hand_over(const row_taker& take, std::optional<postgres_error>& first,
                           std::exception_ptr& thrown)
{
    PQsetSingleRowMode(handle_);  // refused where the statement has been left out
    while (PGresult* const next = PQgetResult(handle_)) {
        rows answer{next};
        if (auto error = error_in(answer)) {
            if (error->lost()) throw *error;
            if (!first) first = std::move(error);
        }
        try {
            while (!first && !thrown && answer.next()) take(answer);
        } catch (...) {
            thrown = std::current_exception();
        }
    }
}

std::vector<rows> connection::run()
{
    return run({});
}

std::vector<rows> connection::run(const row_taker& take)
{
    const std::vector<sent> asked = std::exchange(sent_, {});
    const auto preparing = std::exchange(preparing_, {});
    if (PQpipelineSync(handle_) != 1) raise_lost();
    std::vector<rows> out;
    std::optional<postgres_error> first;
    std::exception_ptr thrown;
    for (const sent& each : asked) {
        if (take && &each == &asked.back()) {
            hand_over(take, first, thrown);
            continue;
        }
        rows answer{next_result()};
        if (auto error = error_in(answer); error && !first) {
            first = std::move(error);
            if (first->lost()) throw *first;
        }
        const bool good = PQresultStatus(answer.result()) != PGRES_PIPELINE_ABORTED && !first;
        if (good && !each.is_query) {
            prepared_.emplace(each.prepares, preparing.at(each.prepares));
        }
        if (each.is_query) out.push_back(std::move(answer));
    }
    take_sync();
    if (first) throw *first;
    if (thrown) std::rethrow_exception(thrown);
    return out;
}

rows connection::ask(const std::string& sql, const parameters& given)
{
    send_once(sql, given);
    return std::move(run().back());
}

bool connection::in_transaction() const noexcept
{
    return PQtransactionStatus(handle_) != PQTRANS_IDLE;
}

// ---- Transaction --------------------------------------------------------------------------------

transaction::transaction(connection& owner, const char* begin) : owner_{owner}
{
    owner_.send_once(begin);
}

transaction::~transaction()
{
    try {
        if (owner_.has_sent()) owner_.run();  // BEGIN perhaps; never a COMMIT, which is run at once
    } catch (const std::exception&) {  // the rollback that follows is what counts
    }
    try {
        if (owner_.in_transaction()) owner_.ask("ROLLBACK");
    } catch (const std::exception&) {  // a connection that is lost has rolled back
    }
}

}  // namespace wattpurse::adapter::postgres
