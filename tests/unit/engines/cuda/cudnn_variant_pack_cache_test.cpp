#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engines/cuda/cudnn/run/variant_pack_cache.h"

namespace faltung::cuda_cudnn {
namespace {

using Small = VariantPackCache<std::shared_ptr<int>, 1, 2>;

Pointers pointers(std::uint64_t plan, void* x = nullptr, float alpha = 1) {
  return {.plan = plan, .x = x, .alpha = alpha};
}

template <class Table>
int* add(Table& table, const Pointers& key, int value) {
  auto& entry = table.place(key);
  entry.value = std::make_shared<int>(value);
  entry.pointers = key;
  return entry.value.get();
}

TEST(CudnnVariantPackCache, FindsWhatWasPlacedByEveryPointer) {
  VariantPackCache<std::shared_ptr<int>> table;
  int memory[2];
  const Pointers all[] = {pointers(1), pointers(2), pointers(1, &memory[0]), pointers(1, &memory[1]),
                          pointers(1, nullptr, 2)};
  int number = 0;
  for (const Pointers& key : all) {
    EXPECT_EQ(table.find(key), nullptr);
    add(table, key, number++);
  }
  number = 0;
  for (const Pointers& key : all) EXPECT_EQ(*table.find(key)->value, number++);
}

TEST(CudnnVariantPackCache, TheLayersOfANetworkAllStay) {
  VariantPackCache<std::shared_ptr<int>> table;
  std::vector<int*> first;
  const auto key = [&](std::uint64_t layer) { return pointers(layer, reinterpret_cast<void*>(layer << 21)); };
  for (std::uint64_t layer = 1; layer <= 64; ++layer) first.push_back(add(table, key(layer), static_cast<int>(layer)));
  for (std::uint64_t layer = 1; layer <= 64; ++layer) {
    ASSERT_NE(table.find(key(layer)), nullptr) << layer;
    EXPECT_EQ(table.find(key(layer))->value.get(), first[layer - 1]);
  }
}

TEST(CudnnVariantPackCache, TheOldestMakesRoomAndIsDropped) {
  Small table;
  add(table, pointers(1), 1);
  const std::weak_ptr<int> oldest = table.find(pointers(1))->value;
  add(table, pointers(2), 2);
  add(table, pointers(3), 3);
  EXPECT_TRUE(oldest.expired());
  EXPECT_EQ(table.find(pointers(1)), nullptr);
  EXPECT_EQ(*table.find(pointers(2))->value, 2);
  EXPECT_EQ(*table.find(pointers(3))->value, 3);
}

TEST(CudnnVariantPackCache, APlaceThatWasNeverFilledIsNotFound) {
  Small table;
  table.place(pointers(4));  // filling it failed
  EXPECT_EQ(table.find(pointers(4)), nullptr);
}

}  // namespace
}  // namespace faltung::cuda_cudnn
