// What was built against the first header works with the library of today.
#include "plugin/engines.h"

extern "C" const std::size_t layout_today[];
extern "C" const std::size_t layout_version_1[];

namespace faltung {
namespace {

// Structs grow at their ends only, and those that lie in arrays not at all.
TEST(PluginVersion1, EveryMemberIsWhereItWas) {
  for (int i = 0; layout_version_1[i] != 0; ++i) EXPECT_EQ(layout_today[i], layout_version_1[i]) << "entry " << i;
}

TEST(PluginVersion1, AnEngineBuiltAgainstItIsOpenedAndRight) {
  Context context;
  EXPECT_EQ(context.add_engine_library(ENGINE_VERSION_1), std::vector<std::string>{"my.engine"});
  for (const char* text : {test::forward, "fwd f32 nhwc n2 c6 k4 g2 i7x6 f3x2 p1 s2 d2"}) {
    const Comparison comparison = verify(parse_problem(text), {.only = "my.engine"}, context);
    EXPECT_TRUE(comparison.passed()) << text << ": " << print(comparison);
  }
}

}  // namespace
}  // namespace faltung
