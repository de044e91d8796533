// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bitloom {

/// What reads the last hidden states: nothing that is known here, a sequence classifier (pooler,
/// tanh, linear), or the sentence embedding that modules.json and 1_Pooling describe.
enum class BertHead { Unknown, Classification, Embedding };

/// The numbers of a BERT.
struct BertConfiguration {
    int64_t vocabulary = 0;
    int64_t hidden = 0;
    int64_t feedForward = 0;
    int64_t positions = 0; ///< rows of the position table
    /// The longest text: max_seq_length of the sentence encoder, else positions
    int64_t context = 0;
    int64_t types = 0;
    int blocks = 0;
    int heads = 0;
    double epsilon = 0;
    std::string activation; ///< an operation of the same name
    BertHead head = BertHead::Unknown;
    bool pooledByMean = false; ///< Embedding: the mean of all positions, else the first
    bool normalised = false;   ///< Embedding: scaled to length 1
    std::vector<std::string> labels;

    /// From config.json and, for what stands behind the encoder, modules.json,
    /// 1_Pooling/config.json and sentence_bert_config.json. Error naming a number that is missing
    /// or makes no sense.
    BertConfiguration(const nlohmann::json& configuration, const Checkpoint& checkpoint);
    int64_t headSize() const { return hidden / heads; }
};

/// Empty, or the field that asks for a head which is not computed here.
std::string headUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// Whether a tensor (named without the network's prefix) belongs to a head that may not be in use.
bool isOtherHead(const std::string& name);

} // namespace bitloom
