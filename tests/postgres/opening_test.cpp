// SPDX-License-Identifier: Apache-2.0
// Whom the store opens, whom it refuses, and in which words.
#include <thread>

#include "postgres/work.hpp"

using namespace test_postgres;

TEST_CASE("money stands in the tables as integers of a millionth, and names as they are")
{
    const std::uint32_t shard = fresh_shard();
    postgres_store books{common_server().conninfo(), shard};
    writer hand{books};
    REQUIRE(hand.post({top_up("t/1", "F01", "50.000001", 1)}, 1).status ==
            commit_status::committed);
    const std::string where = " WHERE shard = " + std::to_string(shard);
    const auto db = open_raw();
    CHECK(db->value("SELECT amount FROM postings" + where + " AND account = 'F01'") == "50000001");
    CHECK(db->value("SELECT sum(amount) FROM postings" + where) == "0");
    CHECK(db->value("SELECT kind FROM postings" + where + " LIMIT 1") == "top_up");
    CHECK(db->value("SELECT value FROM meta WHERE name = 'schema_version'") ==
          std::to_string(adapter::postgres::schema_version));
}

TEST_CASE("every key begins with the shard, and nothing is used that other engines have not")
{
    const postgres_store books{common_server().conninfo(), fresh_shard()};
    const auto db = open_raw();
    const std::string ours = "'wattpurse'::regnamespace";
    CHECK(db->value("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1 "
                    "WHERE c.relnamespace = " + ours + " AND a.attname <> 'shard'") ==
          "1");  // of `meta`, which has no shard
    CHECK(db->value("SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = " +
                    ours) == "0");
    CHECK(db->value("SELECT count(*) FROM pg_trigger") == "0");
    CHECK(db->value("SELECT count(*) FROM pg_constraint WHERE contype NOT IN ('p') "
                    "AND connamespace = " + ours) == "0");
}

TEST_CASE("a newer schema is refused in words")
{
    options how;
    how.schema = "newer";
    const std::string here = common_server().conninfo();
    { const postgres_store made{here, 1, how}; }
    open_raw()->execute("UPDATE newer.meta SET value = 99 WHERE name = 'schema_version'");
    const std::string words = refusal_of(here, how);
    CHECK_MESSAGE(contains(words, "schema version 99"), words);
    CHECK(contains(words, "no newer one than " +
                              std::to_string(adapter::postgres::schema_version)));
    CHECK(contains(words, "/postgres"));
}

TEST_CASE("what is not ours is refused and left alone")
{
    const auto db = open_raw();
    db->execute("CREATE SCHEMA recipes");
    db->execute("CREATE TABLE recipes.soups (name text)");
    options how;
    how.schema = "recipes";
    CHECK(contains(refusal_of(common_server().conninfo(), how), "some other program"));
    CHECK(db->value("SELECT count(*) FROM pg_tables WHERE schemaname = 'recipes'") == "1");
    how.schema = "x; DROP SCHEMA recipes";
    CHECK(contains(refusal_of(common_server().conninfo(), how), "no name for a schema"));
}

TEST_CASE("a schema that was left half made is finished")
{
    const auto db = open_raw();
    db->execute("CREATE SCHEMA half");
    db->execute("CREATE TABLE half.meta (name text PRIMARY KEY, value bigint NOT NULL)");
    db->execute("CREATE TABLE half.notices (shard integer)");
    db->execute("DROP TABLE half.notices");
    options how;
    how.schema = "half";
    postgres_store books{common_server().conninfo(), 1, how};
    CHECK(writer{books}.post({top_up("t/1", "F01", "1", 1)}, 1).status ==
          commit_status::committed);
}

TEST_CASE("programs that make the same tables at the same time all succeed")
{
    constexpr std::size_t programs_at_once = 8;
    const std::string here = common_server().conninfo();
    for (int round = 0; round < 3; ++round) {
        options how;
        how.schema = "race_" + std::to_string(round);
        std::vector<std::string> said(programs_at_once);
        std::vector<std::thread> all;
        for (std::string& each : said) {
            all.emplace_back([&] { each = refusal_of(here, how); });
        }
        for (std::thread& each : all) each.join();
        for (const std::string& each : said) CHECK(each == "");
    }
}

TEST_CASE("no text repeats a password")
{
    const auto db = open_raw();
    db->execute("CREATE ROLE guarded LOGIN PASSWORD 'right'");
    const int port = common_server().port();
    const std::string wrong = refusal_of(
        common_server().tcp(port, "user=guarded password=not-this-one"));
    CHECK_MESSAGE(contains(wrong, "password authentication failed for user \"guarded\""), wrong);
    CHECK(contains(wrong, "127.0.0.1:" + std::to_string(port)));
    CHECK_FALSE(contains(wrong, "not-this-one"));

    const std::string url = "postgresql://guarded:";
    const std::string at_port = "@127.0.0.1:" + std::to_string(port) + "/postgres";
    for (const std::string& each :
         {refusal_of(url + "sec%20ret" + at_port), refusal_of(url + "p@secret" + at_port),
          refusal_of(url + "12/secret" + at_port), refusal_of(url + "secret/12" + at_port),
          refusal_of("host=127.0.0.1 password=my secret"),
          refusal_of("password=secret host"), refusal_of("password='secret")}) {
        CHECK(each != "");
        CHECK_FALSE_MESSAGE(contains(each, "secret"), each);
        CHECK_FALSE_MESSAGE(contains(each, "sec ret"), each);
    }
    db->execute("DROP ROLE guarded");
}

TEST_CASE("a server that is not there is told with what libpq says")
{
    const std::string words = refusal_of("host=127.0.0.1 port=1 user=x dbname=books");
    CHECK_MESSAGE(contains(words, "127.0.0.1:1/books"), words);
    CHECK(contains(words, "Connection refused"));
    CHECK_FALSE(contains(words, "\n"));
    CHECK(contains(refusal_of(common_server().conninfo("nothing")), "does not exist"));
}

TEST_CASE("a server that may lose what it has answered is refused")
{
    const std::string here = common_server().conninfo();
    const std::string words = refusal_of(here + " options='-c synchronous_commit=off'");
    CHECK_MESSAGE(contains(words, "synchronous_commit = off"), words);
    const auto db = open_raw();
    const auto set_fsync = [&](const std::string& to) {
        db->execute("ALTER SYSTEM SET fsync = " + to);
        db->execute("SELECT pg_reload_conf()");
        for (int i = 0; i < 200 && raw{here}.value("SHOW fsync") != to; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    };
    set_fsync("off");
    const std::string refused = refusal_of(here);
    set_fsync("on");
    CHECK_MESSAGE(contains(refused, "fsync = off"), refused);
    CHECK(refusal_of(here) == "");
    // Weaker, though not off, is made strong; stronger stays.
    for (const auto* const each : {"local", "remote_write", "on"}) {
        CHECK(refusal_of(here + " options='-c synchronous_commit=" + each + "'") == "");
    }
    db->execute("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0");
    CHECK(contains(refusal_of(common_server().conninfo("bytes")), "UTF8"));
}
