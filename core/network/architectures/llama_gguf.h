// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/checkpoint.h"
#include "core/network/graph.h"
#include "core/network/model.h"

#include <nlohmann/json_fwd.hpp>

namespace bitloom {

/// Gives a GGUF's llama tensors their Hugging Face names, undoes the row permutation of queries and
/// keys, and makes a configuration of the metadata. Error naming a key that is missing or odd.
nlohmann::json adoptLlamaGguf(Checkpoint& checkpoint);
/// Keys and tensors as llama.cpp's loader wants them (rope of type NORM: adjacent pairs).
GgufPlan llamaGgufPlan(const nlohmann::json& configuration, const Graph& graph);

} // namespace bitloom
