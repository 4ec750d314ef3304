# SPDX-License-Identifier: Apache-2.0
# Files of data as constants of a program. Included by the build, and a script of its own:
#   cmake -D OUTPUT=<file>.cpp -P cmake/embed.cmake      the standard catalogue, for builds by hand

# wattpurse_embed_catalogue(<source dir> <output>): share/catalogues/*.csv as one source file.
function(wattpurse_embed_catalogue source_dir output)
    foreach(name IN ITEMS 2007 1997 bits)
        file(READ "${source_dir}/share/catalogues/dlt645_${name}.csv" text_${name})
        string(FIND "${text_${name}}" ")catalogue\"" end_mark)
        if(NOT end_mark EQUAL -1)
            message(FATAL_ERROR "dlt645_${name}.csv: it holds the mark that ends its literal")
        endif()
    endforeach()
    configure_file("${source_dir}/cmake/embedded_catalogue.cpp.in" "${output}" @ONLY)
endfunction()

# wattpurse_link_catalogue(<target>): compiles the standard catalogue into a target, and looks at
# its files anew on every build.
function(wattpurse_link_catalogue target)
    set(output "${PROJECT_BINARY_DIR}/embedded/catalogue.cpp")
    wattpurse_embed_catalogue("${PROJECT_SOURCE_DIR}" "${output}")
    foreach(name IN ITEMS 2007 1997 bits)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
            "${PROJECT_SOURCE_DIR}/share/catalogues/dlt645_${name}.csv")
    endforeach()
    target_sources(${target} PRIVATE "${output}")
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src/codec/dlt645")
    target_compile_options(${target} PRIVATE ${WATTPURSE_WIRE_FLAGS})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND DEFINED OUTPUT)
    cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source_dir)
    cmake_path(ABSOLUTE_PATH OUTPUT)
    wattpurse_embed_catalogue("${source_dir}" "${OUTPUT}")
endif()
