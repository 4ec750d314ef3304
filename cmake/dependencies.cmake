# SPDX-License-Identifier: Apache-2.0
# Every dependency is one the system has; nothing is fetched. Only tl::expected is needed always:
# a target whose dependency is absent is left out and named in the report at the end.

find_package(tl-expected CONFIG REQUIRED)
find_package(OpenSSL QUIET COMPONENTS Crypto)
find_package(SQLite3 QUIET)
find_package(PostgreSQL QUIET)  # libpq
find_package(nlohmann_json CONFIG QUIET)
find_package(Threads QUIET)
find_package(Asio QUIET)
if(Threads_FOUND)  # which its configuration insists on
    find_package(date CONFIG QUIET)  # Hinnant's: zones of the system's time zone database
endif()

if(WATTPURSE_BUILD_CLI OR WATTPURSE_BUILD_EXAMPLES)
    find_package(CLI11 CONFIG QUIET)
endif()
if(WATTPURSE_BUILD_EXAMPLES)
    find_package(tomlplusplus CONFIG QUIET)
endif()
if(WATTPURSE_BUILD_TESTS OR WATTPURSE_BUILD_BENCHMARKS OR WATTPURSE_FUZZ)
    find_package(Boost 1.74 QUIET)
    find_package(fmt CONFIG QUIET)
    if(NOT CMAKE_CROSSCOMPILING)
        find_package(PkgConfig QUIET)
        if(PkgConfig_FOUND)
            pkg_check_modules(libmodbus QUIET IMPORTED_TARGET libmodbus)
        endif()
    endif()
endif()
if(WATTPURSE_BUILD_TESTS)
    find_package(doctest CONFIG REQUIRED)
    # The system's own, where there is one: another may come first on the PATH and know less.
    find_program(Python3_EXECUTABLE python3 PATHS /usr/bin NO_DEFAULT_PATH)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
