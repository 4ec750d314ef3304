// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of the test's own, out of the system's package: on a free port, in a temporary
// directory, gone with the object, and with this program however that ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

namespace test_postgres {

/// The directory of initdb and postgres: the newest that is installed, or what is on the PATH.
[[nodiscard]] inline std::filesystem::path programs()
{
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored}) {
        const auto bin = each.path() / "bin";
        if (std::filesystem::exists(bin / "initdb")) found.push_back(bin);
    }
    const auto version = [](const auto& path) {
        return std::atoi(path.parent_path().filename().c_str());
    };
    std::sort(found.begin(), found.end(),
              [&](const auto& a, const auto& b) { return version(a) < version(b); });
    if (!found.empty()) return found.back();
    std::istringstream path{std::getenv("PATH") == nullptr ? "" : std::getenv("PATH")};
    for (std::string each; std::getline(path, each, ':');) {
        if (std::filesystem::exists(std::filesystem::path{each} / "initdb")) return each;
    }
    throw std::runtime_error{"no PostgreSQL here: install the package postgresql"};
}

/// PostgreSQL does not run as root; the package brings a user of its own for that.
inline void become_its_user()
{
    if (getuid() != 0) return;
    const passwd* const user = getpwnam("postgres");
    if (user == nullptr || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0) {
        _exit(126);
    }
}

/// Starts a program as PostgreSQL's user, its output in a file. SIGQUIT, PostgreSQL's word for "at
/// once", ends it should we be gone first, which the system understands as the thread that we are.
[[nodiscard]] inline pid_t start_program(const std::vector<std::string>& words,
                                         const std::string& output)
{
    if (gettid() != getpid()) throw std::runtime_error{"start servers from the main thread"};
    std::vector<char*> argv;
    for (const std::string& each : words) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    become_its_user();
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    const int file = open(output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(file, 1);
    dup2(file, 2);
    execv(argv[0], argv.data());
    _exit(127);
}

[[nodiscard]] inline int free_port()
{
    const int listening = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (bind(listening, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        getsockname(listening, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
        throw std::runtime_error{"no free port"};
    }
    close(listening);
    return ntohs(at.sin_port);
}

/// A directory in memory, where there is room. A server that is killed, as against a machine, loses
/// nothing that it has written, flushed or not; but when it starts again it flushes all of its
/// files, which takes seconds on a disk that others are busy with.
[[nodiscard]] inline std::filesystem::path in_memory()
{
    constexpr std::uintmax_t room = 1U << 30U;
    const std::filesystem::path memory{"/dev/shm"};
    std::error_code error;
    const auto space = std::filesystem::space(memory, error);
    const bool is_roomy = !error && space.available >= room;
    return is_roomy ? memory : std::filesystem::temp_directory_path();
}

class server {
public:
    explicit server(const std::filesystem::path& under = std::filesystem::temp_directory_path())
        : port_{free_port()}
    {
        auto name = (under / "wattpurse-pg-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
        directory_ = name;
        hand_over(directory_);
        run({(programs() / "initdb").string(), "-D", data(), "-U", "wattpurse", "-A", "trust",
             "-E", "UTF8", "--locale=C", "--no-sync"});
        configure();
        start();
    }
    ~server()
    {
        if (process_ > 0) {
            kill(process_, SIGQUIT);
            waitpid(process_, nullptr, 0);
        }
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    [[nodiscard]] int port() const { return port_; }
    /// What it writes about itself.
    [[nodiscard]] std::string log() const { return (directory_ / "log").string(); }

    /// How to reach it, through the Unix socket, or over TCP by another port.
    [[nodiscard]] std::string conninfo(const std::string& database = "postgres") const
    {
        return "host=" + directory_.string() + " port=" + std::to_string(port_) +
               " user=wattpurse dbname=" + database;
    }
    [[nodiscard]] std::string tcp(int port, const std::string& more = "user=wattpurse") const
    {
        return "host=127.0.0.1 port=" + std::to_string(port) + " dbname=postgres " + more;
    }

    void start()
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (std::chrono::steady_clock::now() < end) {
            if (process_ <= 0) {
                process_ = start_program({(programs() / "postgres").string(), "-D", data()}, log());
            }
            if (PQping(conninfo().c_str()) == PQPING_OK) return;
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            // After a kill the old one's children may still hold its memory: once more, then.
            if (waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
        }
        std::ostringstream said;
        said << std::ifstream{log()}.rdbuf();
        throw std::runtime_error{"PostgreSQL does not start: " + said.str()};
    }

    /// SIGKILL to the server and to each of its processes: nothing is written any more.
    void kill_all()
    {
        std::vector<pid_t> all{process_};
        const std::string own = std::to_string(process_);
        std::ifstream children{"/proc/" + own + "/task/" + own + "/children"};
        for (pid_t each = 0; children >> each;) all.push_back(each);
        for (const pid_t each : all) kill(each, SIGKILL);
        waitpid(process_, nullptr, 0);
        process_ = -1;
    }

private:
    [[nodiscard]] std::string data() const { return (directory_ / "data").string(); }

    static void hand_over(const std::filesystem::path& path)
    {
        const passwd* const user = getuid() == 0 ? getpwnam("postgres") : nullptr;
        if (user != nullptr && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
            throw std::runtime_error{"cannot give away " + path.string()};
        }
    }

    void run(const std::vector<std::string>& words) const
    {
        const pid_t child = start_program(words, log());
        int status = 0;
        waitpid(child, &status, 0);
        if (status == 0) return;
        std::ostringstream said;
        said << std::ifstream{log()}.rdbuf();
        throw std::runtime_error{words.front() + " failed: " + said.str()};
    }

    void configure() const
    {
        std::ofstream{data() + "/postgresql.conf", std::ios::app}
            << "port = " << port_ << "\nlisten_addresses = '127.0.0.1'\n"
            << "unix_socket_directories = '" << directory_.string() << "'\n"
            << "fsync = on\nmax_connections = 60\nshared_buffers = 64MB\n"
            << "deadlock_timeout = 300ms\n";
        // One user has to show a password; to everybody else the door is open.
        std::ofstream{data() + "/pg_hba.conf"}
            << "host all guarded 127.0.0.1/32 scram-sha-256\n"
            << "local all all trust\nhost all all 127.0.0.1/32 trust\n";
    }

    std::filesystem::path directory_;
    int port_;
    pid_t process_ = -1;
};

/// The database laid open with libpq itself, as somebody with psql would.
class raw {
public:
    explicit raw(const std::string& conninfo) : handle_{PQconnectdb(conninfo.c_str())}
    {
        if (PQstatus(handle_) != CONNECTION_OK) {
            throw std::runtime_error{PQerrorMessage(handle_)};
        }
        PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
    }
    ~raw() { PQfinish(handle_); }
    raw(const raw&) = delete;
    raw& operator=(const raw&) = delete;

    /// The SQLSTATE of what went wrong; empty where nothing did.
    std::string try_to(const std::string& sql)
    {
        PGresult* const result = PQexec(handle_, sql.c_str());
        const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const std::string out = state == nullptr ? "" : state;
        PQclear(result);
        return out;
    }
    void execute(const std::string& sql)
    {
        if (!try_to(sql).empty()) throw std::runtime_error{sql + ": " + PQerrorMessage(handle_)};
    }
    /// The first column of the first row as text.
    [[nodiscard]] std::string value(const std::string& sql)
    {
        PGresult* const result = PQexec(handle_, sql.c_str());
        const bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
        const std::string out = good && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
        PQclear(result);
        if (!good) throw std::runtime_error{sql + ": " + PQerrorMessage(handle_)};
        return out;
    }

private:
    PGconn* handle_;
};

/// The server that the tests share.
[[nodiscard]] inline server& common_server()
{
    static server one;
    return one;
}

/// A number that no other test of this run has.
[[nodiscard]] inline std::uint32_t fresh_shard()
{
    static std::uint32_t next = 100;
    return next++;
}

}  // namespace test_postgres
