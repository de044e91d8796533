// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/scheme.h"

namespace bitloom {

/// One object for each row of the table in schemes.cpp; they live as long as the program.
const Scheme& f32Scheme();
const Scheme& f16Scheme();
const Scheme& bf16Scheme();

const Scheme& q8_0Scheme();
const Scheme& q5_1Scheme();
const Scheme& q5_0Scheme();
const Scheme& q4_1Scheme();
const Scheme& q4_0Scheme();

const Scheme& q6_kScheme();
const Scheme& q5_kScheme();
const Scheme& q4_kScheme();
const Scheme& q3_kScheme();
const Scheme& q2_kScheme();

const Scheme& nf4Scheme();

/// int8 … int2, each for groups of 32, 64, 128 and the row, symmetric and asymmetric, in this
/// order.
const std::vector<const Scheme*>& integerSchemes();

} // namespace bitloom
