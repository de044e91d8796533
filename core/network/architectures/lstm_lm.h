// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/network/graph/graph.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bitloom {

/// The numbers of an LSTM language model.
struct LstmConfiguration {
    int64_t vocabulary = 0;
    int64_t embedding = 0;
    int64_t hidden = 0;
    int layers = 0;
    bool tied = false;

    /// Error naming a number that is missing or makes no sense.
    explicit LstmConfiguration(const nlohmann::json& configuration);
};

bool isLstm(const nlohmann::json& configuration);
std::string lstmUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// An embedding, one or more layers as torch.nn.LSTM stores them (gates i, f, g, o one below the
/// other, biases or none) and a linear head, own or tied, with or without a bias. Every gate of
/// every matrix is a slot of its own.
Graph buildLstm(const nlohmann::json& configuration, const Checkpoint& checkpoint);

} // namespace bitloom
