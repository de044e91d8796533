// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"

namespace bitloom {

/// What a model that is otherwise ready needs to be written as GGUF, or why it cannot be.
GgufExport ggufExport(const Model& model);
/// The plan without the tokenizer, whose keys are most of the work. Error when the network cannot
/// be expressed in GGUF.
GgufPlan ggufNetworkPlan(const Model& model);

} // namespace bitloom
