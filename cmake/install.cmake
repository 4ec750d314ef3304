# SPDX-License-Identifier: Apache-2.0
# Installation: headers of what was built, one export file and one .pc file a component, the
# package configuration, the programs and the data.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(WATTPURSE_COMPONENTS GLOBAL PROPERTY WATTPURSE_COMPONENTS)
if(BUILD_SHARED_LIBS)
    set(WATTPURSE_STATIC OFF)
else()
    set(WATTPURSE_STATIC ON)
endif()
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/wattpurse")

# What a consumer of the static library must link besides it, per component.
set(pc_requires_codec "")
set(pc_requires_catalogue "wattpurse-codec")
set(pc_requires_core "wattpurse-catalogue")
set(pc_requires_sim "wattpurse-core")
set(pc_requires_json "wattpurse-core")
set(pc_requires_sqlite "wattpurse-core")
set(pc_requires_postgres "wattpurse-core")
set(pc_requires_asio "wattpurse-core")
set(pc_requires_tz "wattpurse-core")
set(pc_requires_thread "wattpurse-core")
set(pc_requires_wattpurse "wattpurse-core")
set(pc_private_core "libcrypto")
set(pc_private_sqlite "sqlite3")
set(pc_private_postgres "libpq")
set(pc_private_libs_tz "-ldate-tz")  # it has no .pc file
set(pc_private_libs_thread "-pthread")
set(pc_cflags_asio "-DASIO_STANDALONE -pthread")
if(WATTPURSE_FAILPOINTS)
    set(pc_cflags_core "-DWATTPURSE_FAILPOINTS=1")
endif()

# wattpurse_pkg_config(<component>): wattpurse-<component>.pc, and wattpurse.pc for convenience.
function(wattpurse_pkg_config component)
    set(PC_NAME "wattpurse-${component}")
    if(component STREQUAL "wattpurse")
        set(PC_NAME wattpurse)
    endif()
    file(RELATIVE_PATH PC_PREFIX
        "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
    set(PC_CFLAGS "${pc_cflags_${component}}")
    set(PC_REQUIRES "${pc_requires_${component}}")
    set(PC_REQUIRES_PRIVATE "${pc_private_${component}}")
    set(PC_LIBS "")
    get_target_property(type wattpurse_${component} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
        set(PC_LIBS "-L\${libdir} -lwattpurse_${component}")
    endif()
    if(type STREQUAL "STATIC_LIBRARY")  # then there is nothing private about it
        string(JOIN " " PC_REQUIRES ${PC_REQUIRES} ${PC_REQUIRES_PRIVATE})
        set(PC_REQUIRES_PRIVATE "")
        string(JOIN " " PC_LIBS ${PC_LIBS} ${pc_private_libs_${component}})
    endif()
    configure_file("${PROJECT_SOURCE_DIR}/cmake/wattpurse.pc.in"
        "${PROJECT_BINARY_DIR}/pkgconfig/${PC_NAME}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/pkgconfig/${PC_NAME}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

foreach(component IN LISTS WATTPURSE_COMPONENTS)
    install(TARGETS wattpurse_${component} EXPORT wattpurse_${component})
    install(EXPORT wattpurse_${component}
        NAMESPACE wattpurse:: FILE wattpurse-${component}.cmake DESTINATION "${package_dir}")
    wattpurse_pkg_config(${component})
endforeach()

# ---- Headers: those of an adapter or of sim only where it was built ---------------------------

install(DIRECTORY include/wattpurse DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING PATTERN "*.hpp" PATTERN adapter EXCLUDE PATTERN sim EXCLUDE)
foreach(component IN LISTS WATTPURSE_COMPONENTS)
    foreach(folder IN ITEMS adapter/${component} sim)
        cmake_path(GET folder FILENAME leaf)
        set(headers "${PROJECT_SOURCE_DIR}/include/wattpurse/${folder}")
        if(leaf STREQUAL component AND IS_DIRECTORY "${headers}")
            install(DIRECTORY "${headers}/"
                DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/wattpurse/${folder}"
                FILES_MATCHING PATTERN "*.hpp")
        endif()
    endforeach()
endforeach()

# ---- The package itself -----------------------------------------------------------------------

configure_package_config_file(cmake/wattpurse-config.cmake.in
    "${PROJECT_BINARY_DIR}/wattpurse-config.cmake" INSTALL_DESTINATION "${package_dir}"
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/wattpurse-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/wattpurse-config.cmake"
    "${PROJECT_BINARY_DIR}/wattpurse-config-version.cmake"
    cmake/FindAsio.cmake
    DESTINATION "${package_dir}")

if(TARGET wattpurse)
    install(TARGETS wattpurse RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/share")
    install(DIRECTORY share/ DESTINATION "${CMAKE_INSTALL_DATADIR}/wattpurse")
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/LICENSE")
    install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
