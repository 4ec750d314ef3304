// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/port/failpoint.hpp>

#include <csignal>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS

namespace {

/// How many of ten passes a process survives that has been told `wanted`; ten if all.
[[nodiscard]] int passes_survived(const char* wanted)
{
    int ends[2] = {};
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        setenv("WATTPURSE_FAILPOINT", wanted, 1);
        for (int i = 0; i < 10; ++i) {
            WATTPURSE_FAILPOINT("test.other");
            WATTPURSE_FAILPOINT("test.point");
            if (write(ends[1], "x", 1) != 1) {
                break;
            }
        }
        _exit(0);
    }
    close(ends[1]);
    int survived = 0;
    for (char c = 0; read(ends[0], &c, 1) == 1; ++survived) {
    }
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((survived == 10) == (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    CHECK((survived < 10) == (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    return survived;
}

}  // namespace

TEST_CASE("a failpoint kills at the pass it is told, and others are nothing to it")
{
    CHECK(passes_survived("test.point") == 0);
    CHECK(passes_survived("test.point:1") == 0);
    CHECK(passes_survived("test.point:4") == 3);
    CHECK(passes_survived("test.point:11") == 10);
    CHECK(passes_survived("test.poin") == 10);
    CHECK(passes_survived("test.point:-1") == 10);
    CHECK(passes_survived("") == 10);
}

#else

TEST_CASE("without failpoints a failpoint is nothing")
{
    setenv("WATTPURSE_FAILPOINT", "test.point", 1);
    WATTPURSE_FAILPOINT("test.point");
    unsetenv("WATTPURSE_FAILPOINT");
    CHECK(std::getenv("WATTPURSE_FAILPOINT") == nullptr);
}

#endif
