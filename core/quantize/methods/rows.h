// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/methods/method.h"

namespace bitloom {

/// One object for each row of the table in methods.cpp; they live as long as the program.
const Method& nearestMethod();
const Method& mseMethod();
const Method& gptqMethod();
const Method& gptqOrderedMethod();

} // namespace bitloom
