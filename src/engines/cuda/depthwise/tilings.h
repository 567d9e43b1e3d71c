// How each kernel covers a problem. Everything here is plain arithmetic on shapes, so that tests reach it.
#pragma once

#include "engines/cuda/depthwise/any_tiles.h"
#include "engines/cuda/depthwise/boxed_tiles.h"
#include "engines/cuda/depthwise/bulk_tiles.h"
#include "engines/cuda/depthwise/general_grid.h"
#include "engines/cuda/depthwise/lanes_tiles.h"
#include "engines/cuda/depthwise/matrix_tiles.h"
#include "engines/cuda/depthwise/planar_tiles.h"
#include "engines/cuda/depthwise/ring_tiles.h"
#include "engines/cuda/depthwise/squares_tiles.h"
#include "engines/cuda/depthwise/staged_tiles.h"
#include "engines/cuda/depthwise/whole_tiles.h"
