// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/network/graph/graph.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bitloom {

bool isBert(const nlohmann::json& configuration);
std::string bertUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// The encoder of BERT (Devlin et al. 2019; transformers, modeling_bert.py): learned positions and
/// token types, bidirectional attention, norms behind the sums. Without embedding tables the
/// network starts at the value "embeddings", what their norm gives.
Graph buildBert(const nlohmann::json& configuration, const Checkpoint& checkpoint);

} // namespace bitloom
