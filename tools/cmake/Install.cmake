# Install.cmake - what `cmake --install` puts where; tests/install looks at all of it.
#
#   bin/                      landbridged, landbridge, landbridge-day
#   lib/                      liblandbridge.so with its soname, pkgconfig/landbridge.pc, cmake/landbridge/
#   include/landbridge/       the exported headers: all but adapter/, the contract of adapters with the hub
#   lib/systemd/system/       landbridged.service, with the path where the program was installed
#   share/landbridge/proto/   the .proto files of the wire
#   share/doc/landbridge/     licence, copyright, changelog, README
include(CMakePackageConfigHelpers)

install(TARGETS landbridged landbridge landbridge-day)
install(TARGETS liblandbridge EXPORT landbridgeTargets)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/landbridge TYPE INCLUDE
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN adapter EXCLUDE)

# for CMake: find_package(landbridge), target landbridge::landbridge
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/landbridge)
install(EXPORT landbridgeTargets NAMESPACE landbridge:: DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/landbridgeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/landbridgeConfig.cmake INSTALL_DESTINATION ${package}
  NO_SET_AND_CHECK_MACRO)
set(compatible SameMajorVersion) # as the soname is
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatible SameMinorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/landbridgeConfigVersion.cmake COMPATIBILITY ${compatible})
install(FILES ${PROJECT_BINARY_DIR}/landbridgeConfig.cmake ${PROJECT_BINARY_DIR}/landbridgeConfigVersion.cmake
  DESTINATION ${package})

# for pkg-config; the prefix is found from where the file lies, so that the tree may be moved
file(RELATIVE_PATH LB_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" LB_PREFIX_FROM_PC ${LB_PREFIX_FROM_PC})
configure_file(${PROJECT_SOURCE_DIR}/tools/client/landbridge.pc.in ${PROJECT_BINARY_DIR}/landbridge.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/landbridge.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# for systemd; --prefix may say another place than the configuration did, so the path is filled in then
install(CODE "
  set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  configure_file(\"${PROJECT_SOURCE_DIR}/broker/landbridged.service.in\"
    \"${PROJECT_BINARY_DIR}/landbridged.service\" @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/landbridged.service DESTINATION lib/systemd/system)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/landbridge DESTINATION ${CMAKE_INSTALL_DATADIR}/landbridge/proto)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  ${CMAKE_CURRENT_LIST_DIR}/copyright TYPE DOC)
