# SPDX-License-Identifier: Apache-2.0
# What the command says in other languages, as constants of the program. Included by the build,
# and a script of its own:
#   cmake -D OUTPUT=<file>.cpp -P cmake/phrases.cmake

# wattpurse_embed_phrases(<source dir> <output>): share/phrases/*.txt as one source file.
function(wattpurse_embed_phrases source_dir output)
    file(READ "${source_dir}/share/phrases/zh.txt" text_zh)
    string(FIND "${text_zh}" ")phrases\"" end_mark)
    if(NOT end_mark EQUAL -1)
        message(FATAL_ERROR "zh.txt: it holds the mark that ends its literal")
    endif()
    configure_file("${source_dir}/cmake/embedded_phrases.cpp.in" "${output}" @ONLY)
endfunction()

# wattpurse_link_phrases(<target>): compiles them into a target, and looks at the files anew on
# every build.
function(wattpurse_link_phrases target)
    set(output "${PROJECT_BINARY_DIR}/embedded/phrases.cpp")
    wattpurse_embed_phrases("${PROJECT_SOURCE_DIR}" "${output}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/share/phrases/zh.txt")
    target_sources(${target} PRIVATE "${output}")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND DEFINED OUTPUT)
    cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source_dir)
    cmake_path(ABSOLUTE_PATH OUTPUT)
    wattpurse_embed_phrases("${source_dir}" "${OUTPUT}")
endif()
