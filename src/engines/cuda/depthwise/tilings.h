// Tilings of all kernels: plain arithmetic on shapes, testable on the host.
#pragma once

#include "engines/cuda/depthwise/fallback_grid.h"
#include "engines/cuda/depthwise/generic_window_tiling.h"
#include "engines/cuda/depthwise/nchw_pipelined_tiling.h"
#include "engines/cuda/depthwise/nchw_small_planes_tiling.h"
#include "engines/cuda/depthwise/nchw_tiling.h"
#include "engines/cuda/depthwise/nhwc_box_tma_tiling.h"
#include "engines/cuda/depthwise/nhwc_dgrad_stride2_3x3_tiling.h"
#include "engines/cuda/depthwise/nhwc_mma_tiling.h"
#include "engines/cuda/depthwise/nhwc_mma_tma_tiling.h"
#include "engines/cuda/depthwise/nhwc_rows_tma_tiling.h"
#include "engines/cuda/depthwise/nhwc_strips_tiling.h"
