# SPDX-License-Identifier: Apache-2.0
# What can be chosen, and what every target shares. Tests, examples and programs are off when
# wattpurse is a part of another project; so is everything that would touch that project's flags.

option(WATTPURSE_BUILD_CLI "Build the wattpurse command" ${PROJECT_IS_TOP_LEVEL})
option(WATTPURSE_BUILD_EXAMPLES "Build the example programs" ${PROJECT_IS_TOP_LEVEL})
option(WATTPURSE_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WATTPURSE_BUILD_BENCHMARKS "Offer the target wattpurse_bench" ${PROJECT_IS_TOP_LEVEL})
option(WATTPURSE_BUILD_PYTHON "Build the Python package (needs pybind11)" OFF)
option(WATTPURSE_INSTALL "Offer installation" ${PROJECT_IS_TOP_LEVEL})
option(WATTPURSE_WARNINGS "Compile with the project's warnings (dev presets)" OFF)
option(WATTPURSE_CHECK_HEADERS "Compile each public header alone (dev presets)" OFF)
option(WATTPURSE_FAILPOINTS "Named points at which a test can end the process" OFF)
option(WATTPURSE_FUZZ "Build the fuzz targets with libFuzzer (fuzz preset)" OFF)
option(WATTPURSE_SANITIZED "Told to the tests: the programs run several times slower" OFF)

set(WATTPURSE_WARNING_FLAGS -Wall -Wextra -Wconversion -Wshadow)
set(WATTPURSE_WIRE_FLAGS -fno-exceptions -fno-rtti)

if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
    if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
    endif()
    find_program(WATTPURSE_CCACHE ccache)
    mark_as_advanced(WATTPURSE_CCACHE)
    if(WATTPURSE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${WATTPURSE_CCACHE}")
    endif()
endif()
