// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/checkpoint.h"
#include "core/network/graph.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bitloom {

/// What reads the last hidden states: nothing that is known here, a sequence classifier (pooler,
/// tanh, linear), or the sentence embedding that modules.json and 1_Pooling describe.
enum class BertHead { Unknown, Classification, Embedding };

/// The numbers of a BERT.
struct BertConfiguration {
    int64_t vocabulary = 0;
    int64_t hidden = 0;
    int64_t feedForward = 0;
    int64_t places = 0;  ///< rows of the position table
    int64_t context = 0; ///< the longest text: max_seq_length of the sentence encoder, else places
    int64_t types = 0;
    int blocks = 0;
    int heads = 0;
    double epsilon = 0;
    std::string activation; ///< an operation of the same name
    BertHead head = BertHead::Unknown;
    bool pooledByMean = false; ///< Embedding: the mean of all positions, else the first
    bool normalised = false;   ///< Embedding: scaled to length 1
    std::vector<std::string> labels;

    /// Error naming a number that is missing or makes no sense.
    BertConfiguration(const nlohmann::json& configuration, const Checkpoint& checkpoint);
    int64_t headSize() const { return hidden / heads; }
};

bool isBert(const nlohmann::json& configuration);
std::string bertUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// The encoder of BERT (Devlin et al. 2019; transformers, modeling_bert.py): learned positions and
/// token types, bidirectional attention, norms behind the sums. Without embedding tables the
/// network starts at the value "embeddings", what their norm gives.
Graph buildBert(const nlohmann::json& configuration, const Checkpoint& checkpoint);

} // namespace bitloom
