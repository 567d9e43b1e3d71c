#include <gtest/gtest.h>

#include "engines/cuda/cudnn/choose/config_list.h"
#include "engines/cuda/cudnn/choose/config_name.h"

namespace faltung::cuda_cudnn {
namespace {

using Names = std::vector<std::string>;

TEST(CudnnConfigName, SaysTheEngineAndItsKnobsInOneOrder) {
  EXPECT_EQ(config_name({0, {}}), "e0");
  EXPECT_EQ(config_name({62, {{13, 1}, {2, 5}}}), "e62:k2=5,k13=1");
  EXPECT_EQ(config_name({41, {{12, -1}}}), "e41:k12=-1");
}

TEST(CudnnConfigName, IsReadAsItIsWritten) {
  for (const ConfigKey& key : {ConfigKey{0, {}}, ConfigKey{62, {{2, 5}, {13, 1}}}, ConfigKey{41, {{12, -1}}}})
    EXPECT_EQ(parse_config_name(config_name(key)), key);
}

TEST(CudnnConfigName, OtherNamesAreNone) {
  for (const char* name :
       {"", "e", "heuristic", "e12.0", "62", "e62:", "e62:k2", "e62:k2=", "e62:k2=5,", "e62,k2=5", "e62:k13=1,k2=5",
        "e062", "e62:k2=5 ", "e62:k-2=5", "e62:k99999999999=1", "e62:k2=99999999999999999999", "-", "e62:k2=5:k3=1"})
    EXPECT_EQ(parse_config_name(name), std::nullopt) << name;
}

TEST(CudnnConfigList, KeepsTheOrderAndLeavesOutWhatItHas) {
  ConfigList list;
  for (const char* name : {"e2", "e1:k2=1", "e2", "e1", "e1:k2=1"}) list.add({.name = name});
  EXPECT_EQ(list.names_to_try(9), (Names{"e2", "e1:k2=1", "e1"}));
}

TEST(CudnnConfigList, WhatIsRefusedIsNotTriedAndDoesNotCount) {
  ConfigList list;
  list.add({.name = "e1", .refused = "rounds its inputs"});
  for (const char* name : {"e2", "e3", "e4"}) list.add({.name = name});
  list.add({.name = "e1"});  // the same one: still refused
  list.find("e3")->refused = "could not be built";
  EXPECT_EQ(list.names_to_try(9), (Names{"e2", "e4"}));
  EXPECT_EQ(list.names_to_try(1), Names{"e2"});
  EXPECT_EQ(list.find("e5"), nullptr);
  EXPECT_EQ(list.size(), 4u);
}

// A limited measuring time cuts the configurations that take a second to compile, but these do not give way to ones
// that cuDNN ranks lower.
TEST(CudnnConfigList, WhatACompilerMustMakeIsTriedLastOfTheFirst) {
  ConfigList list;
  list.add({.name = "e1", .compiled_at_run_time = true});
  for (const char* name : {"e2", "e3"}) list.add({.name = name});
  list.add({.name = "e4", .compiled_at_run_time = true});
  list.add({.name = "e5"});
  EXPECT_EQ(list.names_to_try(9), (Names{"e2", "e3", "e5", "e1", "e4"}));
  EXPECT_EQ(list.names_to_try(3), (Names{"e2", "e3", "e1"}));
}

}  // namespace
}  // namespace faltung::cuda_cudnn
