// All of Faltung.
#pragma once

#include "faltung/bind.h"
#include "faltung/compile.h"
#include "faltung/context.h"
#include "faltung/conv.h"
#include "faltung/conv_gradients.h"
#include "faltung/dims.h"
#include "faltung/dtype.h"
#include "faltung/error.h"
#include "faltung/explain.h"
#include "faltung/io.h"
#include "faltung/problem.h"
#include "faltung/tensor.h"
#include "faltung/torch_selection.h"
#include "faltung/tune.h"
#include "faltung/version.h"
