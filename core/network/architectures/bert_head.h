// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/bert.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bitloom {

/// Reads what stands behind the encoder from config.json, modules.json, 1_Pooling/config.json and
/// sentence_bert_config.json: head, pooling, labels and the longest text.
void readHead(BertConfiguration& numbers, const nlohmann::json& configuration,
              const Checkpoint& checkpoint);
/// Empty, or the field that asks for a head which is not computed here.
std::string headUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// Whether a tensor (named without the network's prefix) belongs to a head that may not be in use.
bool isOtherHead(const std::string& name);

} // namespace bitloom
