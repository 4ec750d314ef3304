# SPDX-License-Identifier: Apache-2.0
# Standalone Asio, header only. Debian's package has neither a CMake config nor a .pc file, so
# this module is installed with wattpurse for those who link wattpurse::asio.
#
# Asio::Asio   the target          Asio_VERSION   e.g. 1.22.1
#
# Asio before 1.28 looks for the coroutines TS under Clang and so switches `awaitable` off. The
# two defines that switch it on again change types, and therefore belong to the target, not to
# one of its users.

find_package(Threads QUIET)
find_path(Asio_INCLUDE_DIR asio/version.hpp)
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_INCLUDE_DIR)
    file(STRINGS "${Asio_INCLUDE_DIR}/asio/version.hpp" _asio_line
        REGEX "^#define ASIO_VERSION [0-9]+")
    string(REGEX REPLACE "^#define ASIO_VERSION ([0-9]+).*" "\\1" _asio_number "${_asio_line}")
    if(_asio_number)  # major * 100000 + minor * 100 + patch
        math(EXPR _asio_major "${_asio_number} / 100000")
        math(EXPR _asio_minor "${_asio_number} / 100 % 1000")
        math(EXPR _asio_patch "${_asio_number} % 100")
        set(Asio_VERSION "${_asio_major}.${_asio_minor}.${_asio_patch}")
    endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio
    REQUIRED_VARS Asio_INCLUDE_DIR Threads_FOUND VERSION_VAR Asio_VERSION)

if(Asio_FOUND AND NOT TARGET Asio::Asio)
    add_library(Asio::Asio INTERFACE IMPORTED)
    set_target_properties(Asio::Asio PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "${Asio_INCLUDE_DIR}"
        INTERFACE_COMPILE_DEFINITIONS ASIO_STANDALONE
        INTERFACE_LINK_LIBRARIES Threads::Threads)
    if(Asio_VERSION VERSION_LESS 1.28)
        set_property(TARGET Asio::Asio APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
            $<$<CXX_COMPILER_ID:Clang,AppleClang>:ASIO_HAS_CO_AWAIT=1>
            $<$<CXX_COMPILER_ID:Clang,AppleClang>:ASIO_HAS_STD_COROUTINE=1>)
    endif()
endif()
