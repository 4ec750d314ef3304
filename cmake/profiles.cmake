# SPDX-License-Identifier: Apache-2.0
# The profiles of meters as constants of the library. Included by the build, and a script of its
# own:
#   cmake -D OUTPUT=<file>.cpp -P cmake/profiles.cmake

# wattpurse_profile_files(<source dir> <out>): share/profiles/*.json, in the order of their names.
function(wattpurse_profile_files source_dir out)
    if(CMAKE_SCRIPT_MODE_FILE)
        file(GLOB found "${source_dir}/share/profiles/*.json")
    else()
        file(GLOB found CONFIGURE_DEPENDS "${source_dir}/share/profiles/*.json")
    endif()
    list(SORT found)
    set(${out} "${found}" PARENT_SCOPE)
endfunction()

# wattpurse_embed_profiles(<source dir> <output>): all of them as one source file, a literal each:
# compilers need not take literals longer than 64 KiB.
function(wattpurse_embed_profiles source_dir output)
    wattpurse_profile_files("${source_dir}" files)
    set(profiles "")
    foreach(path IN LISTS files)
        cmake_path(GET path STEM LAST_ONLY name)
        file(READ "${path}" text)
        string(FIND "${text}" ")profile\"" end_mark)
        string(LENGTH "${text}" size)
        if(NOT end_mark EQUAL -1)
            message(FATAL_ERROR "${name}.json: it holds the mark that ends its literal")
        elseif(size GREATER 65000)
            message(FATAL_ERROR "${name}.json: too long for a literal, ${size} of 65000 bytes")
        endif()
        string(APPEND profiles "    {\"${name}\", R\"profile(${text})profile\"},\n")
    endforeach()
    list(LENGTH files profile_count)
    configure_file("${source_dir}/cmake/embedded_profiles.cpp.in" "${output}" @ONLY)
endfunction()

# wattpurse_link_profiles(<target>): compiles them into a target, and looks at the files anew on
# every build.
function(wattpurse_link_profiles target)
    set(output "${PROJECT_BINARY_DIR}/embedded/profiles.cpp")
    wattpurse_profile_files("${PROJECT_SOURCE_DIR}" files)
    wattpurse_embed_profiles("${PROJECT_SOURCE_DIR}" "${output}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
    target_sources(${target} PRIVATE "${output}")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND DEFINED OUTPUT)
    cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source_dir)
    cmake_path(ABSOLUTE_PATH OUTPUT)
    wattpurse_embed_profiles("${source_dir}" "${OUTPUT}")
endif()
