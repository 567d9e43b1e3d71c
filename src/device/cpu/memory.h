#pragma once

#include "tensor/memory.h"

namespace faltung::cpu {

Memory& memory();

}  // namespace faltung::cpu
