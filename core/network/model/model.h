// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/formats/writers.h"
#include "core/network/graph/graph.h"
#include "core/network/tokenizers/tokenizer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// What the GGUF of a model needs beside the tensors' data; from the architecture's row.
struct GgufPlan {
    std::vector<GgufEntry> metadata; ///< architecture and tokenizer keys
    struct Tensor {
        std::string name;              ///< GGUF name
        std::vector<int> slots;        ///< one below the other along the first dimension
        std::vector<int32_t> rowOrder; ///< written row r is slot row rowOrder[r]; empty: same
    };
    std::vector<Tensor> tensors;      ///< in writing order, every slot of the network once
    std::vector<TensorToWrite> extra; ///< tensors that are no slots (rope_freqs), written as given
    std::vector<std::string> leftOut; ///< sentences: what of the model GGUF has no place for
};
/// Whether and how a model can be written as GGUF; worked out once, when it is opened.
struct GgufExport {
    std::shared_ptr<const GgufPlan> plan; ///< null: it cannot be written
    std::optional<Error> refusal;         ///< why not
    /// Slots that can be quantized and that a GGUF keeps in one tensor, so that they must have one
    /// scheme: lists of two or more.
    std::vector<std::vector<int>> storedTogether;
};

/// An opened model: headers, graph, tokenizer. Immutable after opening, shared between threads.
/// Opened *inspect-only* (graph not runnable, `missing` says why) when the architecture is unknown,
/// the tensors are not those of the network, there is no config, or no tokenizer: its slots can
/// still be looked at. Without embedding tables it runs, but not on text. Every tensor of the
/// checkpoint is seen by a slot; those that the network has no place for come last, of the role
/// Unused, and may be of a type that cannot be read.
struct Model {
    std::string name; ///< for people: folder or file name
    Checkpoint checkpoint;
    std::string architecture;             ///< row of the architectures table, or empty
    std::string configuration;            ///< config.json text (made from metadata for GGUF)
    Graph graph;                          ///< slots are always there
    std::unique_ptr<Tokenizer> tokenizer; ///< may be null
    std::string missing;                  ///< empty, or one sentence: what cannot be done and why
    std::string notice;                   ///< empty, or one sentence to know before it runs
    /// "gptq, 4 bits, group size 128" where the configuration says that the weights are quantized
    /// already: then they are only looked at. Else empty.
    std::string quantization;
    std::string identity; ///< Checkpoint::identity
    GgufExport gguf;

    bool runnable() const { return missing.empty(); }
    /// Whether the network runs, though only on values that are given (Engine::encode).
    bool runsOnValues() const { return graph.runnable() && !graph.programs.front().readsTokens; }
    /// The slot's weights, still on disk: its view applied to its stored tensor.
    StoredTensor tensorOf(const Slot& slot) const;
    /// Whether there are numbers to look at: it is of a type that can be read, and not empty.
    bool canRead(int slot) const;
    /// The stored tensor that the slot is a view on.
    const StoredTensor& storedOf(const Slot& slot) const;
};

/// What `view` shows of a stored tensor. Error when it cannot be read that way.
StoredTensor viewed(const StoredTensor& stored, const View& view);
/// Whether the type of the tensor lets `view` show it: where numbers of a row lie apart, each must
/// stand for itself.
bool canBeViewed(const StoredTensor& stored, const View& view);

/// Opens MODEL (a path) from headers alone. Broken input throws Error.
std::shared_ptr<const Model> openModel(const std::string& path);

/// The plan made when the model was opened. Error when it cannot be expressed in GGUF, naming why.
const GgufPlan& ggufPlan(const Model& model);

} // namespace bitloom
