// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"
#include "core/network/model/model.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace bitloom {

/// The file is sound, but not the network that its configuration describes: a tensor is missing,
/// too many or of another shape. The weights can still be looked at.
class TensorMismatch : public Error {
public:
    using Error::Error;
};

/// A row of the architectures table: everything that is known about one family of networks. Only
/// here are tensor names parsed. Configurations are those of Hugging Face's config.json; a GGUF is
/// first given one, and its tensors the names and row order that go with it.
struct Architecture {
    std::string_view id;      ///< "llama"; also GGUF's general.architecture
    std::string_view title;   ///< for people: "GPT-2"
    std::string_view purpose; ///< what its networks are: "language models"
    /// Whether a config.json is of this family.
    bool (*matches)(const nlohmann::json& configuration);
    /// Empty, or one sentence: the feature of this configuration or checkpoint that we cannot
    /// compute.
    std::string (*unsupported)(const nlohmann::json& configuration, const Checkpoint& checkpoint);
    /// The network. TensorMismatch naming the tensor that is missing or has a wrong shape, Error
    /// naming the number of the configuration that makes no sense.
    Graph (*build)(const nlohmann::json& configuration, const Checkpoint& checkpoint);
    /// Empty, or one sentence about the metadata of a GGUF that we cannot compute. Null where
    /// adoptGguf is.
    std::string (*ggufUnsupported)(const Checkpoint& checkpoint);
    /// Turns a GGUF's names and row orders into Hugging Face's; returns the configuration made from
    /// its metadata. Null: such files are not read.
    nlohmann::json (*adoptGguf)(Checkpoint& checkpoint);
    /// The architecture's keys, tensors and extra tensors of a GGUF (all but the tokenizer). Null:
    /// none is written.
    GgufPlan (*ggufPlan)(const nlohmann::json& configuration, const Graph& graph);
};

} // namespace bitloom
