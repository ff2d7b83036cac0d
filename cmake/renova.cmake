# Compiler settings and the one function that declares a layer.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (CMAKE_BUILD_TYPE STREQUAL "Release" OR RENOVA_TSAN))
  # With optimisation g++ 12 warns wrongly about moved strings (gcc.gnu.org PR 105329, 105651).
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
endif()
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                        BOOST_ASIO_NO_DEPRECATED)
if(RENOVA_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(RENOVA_FUZZ)
  # Coverage for the fuzzers in every library; their own main comes with -fsanitize=fuzzer (tests/fuzz).
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(RENOVA_TSAN)
  add_compile_options(-fsanitize=thread -Wno-error) # g++ 12 sees ghosts here (PR 105329); other builds judge
  # g++ refuses atomic_thread_fence under this sanitizer; Asio's are needed only where its mutexes are left out.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  add_link_options(-fsanitize=thread)
endif()
find_program(RENOVA_MOLD mold)
if(RENOVA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# renova_pch: the standard library and the two Boost libraries that nearly every file includes.
file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "")
add_library(renova_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
target_precompile_headers(renova_pch PUBLIC
  <algorithm> <array> <atomic> <charconv> <chrono> <compare> <condition_variable> <cstdint> <cstring> <deque> <functional>
  <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <unordered_map> <unordered_set>
  <utility> <variant> <vector> <boost/describe.hpp> <boost/json.hpp> <boost/system/result.hpp>)

# renova_layer(NAME DEPS layer… LIBS library…): the static library renova_NAME from all *.cpp of the current folder and its
# sub-folders, and the test program NAME_test from its *_test.cpp.
function(renova_layer name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
  endif()
  add_library(renova_${name} STATIC ${sources})
  target_include_directories(renova_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_DEPS PREPEND renova_)
  target_link_libraries(renova_${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS} Threads::Threads)
  target_precompile_headers(renova_${name} REUSE_FROM renova_pch)
  if(RENOVA_TESTS AND tests)
    renova_test(${name}_test SOURCES ${tests} LIBS renova_${name})
  endif()
endfunction()

# renova_test(NAME SOURCES file… LIBS library… [LABELS label…]): one GoogleTest program, registered with CTest as a whole.
function(renova_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} gtest gmock gtest_main)
  target_precompile_headers(${name} REUSE_FROM renova_pch)
  add_test(NAME ${name} COMMAND ${name})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
endfunction()
