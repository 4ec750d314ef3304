# SPDX-License-Identifier: Apache-2.0
# How a folder becomes a target. The rules are the same everywhere:
#   include/wattpurse/<folder>/*.hpp are the public headers, src/<folder>/*.cpp the sources;
#   a target with no sources, or with something it needs absent, is not made, and says why.

set_property(GLOBAL PROPERTY WATTPURSE_COMPONENTS "")
set_property(GLOBAL PROPERTY WATTPURSE_LEFT_OUT "")

# wattpurse_sources(<out> <pattern>...): sorted, and looked at anew on every build.
function(wattpurse_sources out)
    list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
    file(GLOB found CONFIGURE_DEPENDS ${ARGN})
    set(${out} "${found}" PARENT_SCOPE)
endfunction()

# wattpurse_left_out(<name> <reason>): remembered for the report.
function(wattpurse_left_out name reason)
    set_property(GLOBAL APPEND PROPERTY WATTPURSE_LEFT_OUT "${name} (${reason})")
endfunction()

# wattpurse_missing(<out> <target>...): the first of the targets that does not exist, or empty.
function(wattpurse_missing out)
    set(${out} "" PARENT_SCOPE)
    foreach(target IN LISTS ARGN)
        if(NOT TARGET ${target})
            set(${out} "${target}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()

# wattpurse_common(<target>): what every compiled target shares.
function(wattpurse_common target)
    set_target_properties(${target} PROPERTIES
        CXX_EXTENSIONS OFF
        POSITION_INDEPENDENT_CODE ON)
    if(WATTPURSE_WARNINGS)
        target_compile_options(${target} PRIVATE ${WATTPURSE_WARNING_FLAGS})
    endif()
endfunction()

# wattpurse_component(<name>): makes wattpurse_<name> known as wattpurse::<name>, here and to
# whoever installs it.
function(wattpurse_component name)
    add_library(wattpurse::${name} ALIAS wattpurse_${name})
    set_target_properties(wattpurse_${name} PROPERTIES EXPORT_NAME ${name})
    set_property(GLOBAL APPEND PROPERTY WATTPURSE_COMPONENTS ${name})
endfunction()

# wattpurse_interface(<name> LINK <target>...): the wire column, headers only.
function(wattpurse_interface name)
    cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
    add_library(wattpurse_${name} INTERFACE)
    target_include_directories(wattpurse_${name} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
    target_compile_features(wattpurse_${name} INTERFACE cxx_std_20)
    target_link_libraries(wattpurse_${name} INTERFACE ${arg_LINK})
    wattpurse_component(${name})
endfunction()

# wattpurse_library(<name> FOLDERS <folder>... NEEDS <component>...
#                   [PUBLIC_LINK <target>...] [PRIVATE_LINK <target>...])
function(wattpurse_library name)
    cmake_parse_arguments(arg "" "" "FOLDERS;NEEDS;PUBLIC_LINK;PRIVATE_LINK" ${ARGN})
    list(TRANSFORM arg_NEEDS PREPEND "wattpurse::")
    list(TRANSFORM arg_FOLDERS PREPEND "src/" OUTPUT_VARIABLE patterns)
    list(TRANSFORM patterns APPEND "/*.cpp")
    wattpurse_sources(sources ${patterns})
    wattpurse_missing(absent ${arg_NEEDS} ${arg_PUBLIC_LINK} ${arg_PRIVATE_LINK})
    if(NOT sources)
        wattpurse_left_out(${name} "no sources")
    elseif(absent)
        wattpurse_left_out(${name} "${absent} not found")
    else()
        add_library(wattpurse_${name} ${sources})
        target_link_libraries(wattpurse_${name}
            PUBLIC ${arg_NEEDS} ${arg_PUBLIC_LINK} PRIVATE ${arg_PRIVATE_LINK})
        set_target_properties(wattpurse_${name} PROPERTIES
            VERSION ${PROJECT_VERSION}
            SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
        wattpurse_common(wattpurse_${name})
        wattpurse_component(${name})
    endif()
endfunction()

# wattpurse_convenience(<component>): wattpurse::wattpurse, for those who do not want to choose.
function(wattpurse_convenience component)
    if(TARGET wattpurse::${component})
        add_library(wattpurse_wattpurse INTERFACE)
        target_link_libraries(wattpurse_wattpurse INTERFACE wattpurse::${component})
        wattpurse_component(wattpurse)
    endif()
endfunction()

# wattpurse_program(<name> DIR <dir> [EXCEPT <source>...] NEEDS <component>... [LINK <target>...]
#                   [OPTIONAL <component>...]): OPTIONAL ones are linked where they exist, and
# WATTPURSE_WITH_<COMPONENT> then tells the sources so.
function(wattpurse_program name)
    cmake_parse_arguments(arg "" "DIR" "EXCEPT;NEEDS;LINK;OPTIONAL" ${ARGN})
    list(TRANSFORM arg_NEEDS PREPEND "wattpurse::")
    wattpurse_sources(sources "${arg_DIR}/*.cpp")
    list(REMOVE_ITEM sources ${arg_EXCEPT})
    wattpurse_missing(absent ${arg_NEEDS} ${arg_LINK})
    if(NOT sources)
        wattpurse_left_out(${name} "no sources")
    elseif(absent)
        wattpurse_left_out(${name} "${absent} not found")
    else()
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE ${arg_NEEDS} ${arg_LINK})
        target_compile_definitions(${name} PRIVATE WATTPURSE_VERSION="${PROJECT_VERSION}")
        foreach(component IN LISTS arg_OPTIONAL)
            if(TARGET wattpurse::${component})
                target_link_libraries(${name} PRIVATE wattpurse::${component})
                string(TOUPPER ${component} upper)
                target_compile_definitions(${name} PRIVATE WATTPURSE_WITH_${upper}=1)
            endif()
        endforeach()
        wattpurse_common(${name})
    endif()
endfunction()

# wattpurse_report(): what will be built and what will not, in two lines.
function(wattpurse_report)
    if(PROJECT_IS_TOP_LEVEL)
        get_property(components GLOBAL PROPERTY WATTPURSE_COMPONENTS)
        get_property(left_out GLOBAL PROPERTY WATTPURSE_LEFT_OUT)
        list(JOIN components " " components)
        list(JOIN left_out ", " left_out)
        message(STATUS "wattpurse ${PROJECT_VERSION} components: ${components}")
        if(left_out)
            message(STATUS "wattpurse leaves out: ${left_out}")
        endif()
    endif()
endfunction()
