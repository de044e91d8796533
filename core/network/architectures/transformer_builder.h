// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/graph_builder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

enum class NormKind { Rms, Layer };

/// Where a block normalizes: what its attention and its feed-forward read, or the sums that their
/// outputs are added to.
enum class NormPlace { Before, After };

/// How positions look at each other.
struct AttentionOptions {
    int heads = 0;
    int keyValueHeads = 0;
    int headSize = 0;
    int ropeTable = -1;  ///< rotates queries and keys; -1: nothing does
    bool causal = true;  ///< false: every position of a text sees all of it
    bool biased = false; ///< queries, keys and values are
    bool outputBiased = false;
};

struct FeedForwardOptions {
    int64_t width = 0;
    /// The operation in the middle: of gate and up where it takes two inputs, else of up alone.
    std::string activation;
    bool biased = false;
};

/// How a family calls its tensors, ".weight" and ".bias" aside; empty: it has none.
struct TransformerNames {
    std::string_view words = {};     ///< the table of words
    std::string_view positions = {}; ///< and that of positions
    std::string_view finalNorm = {};
    std::string_view head = {};
    std::string_view block = {}; ///< in front of a block's number: "model.layers."
    // In a block:
    std::string_view attentionNorm = {};
    /// The tensor of queries, keys and values, one below the other; then the next three are names
    /// of its views.
    std::string_view fusedProjection = {};
    std::string_view query = {};
    std::string_view key = {};
    std::string_view value = {};
    std::string_view attentionOutput = {};
    std::string_view feedForwardNorm = {};
    std::string_view gate = {};
    std::string_view up = {};
    std::string_view down = {};
};

/// What a family of transformers is: its numbers, its choices, its names.
struct Transformer {
    int64_t vocabulary = 0;
    int64_t context = 0;
    int64_t hidden = 0;
    int blocks = 0;
    double epsilon = 0;
    NormKind norm = NormKind::Rms;
    NormPlace normPlace = NormPlace::Before;
    AttentionOptions attention;
    FeedForwardOptions feedForward;
    std::vector<RopeTable> ropeTables;
    bool tied = false;       ///< the head is the table of words
    bool transposed = false; ///< matrices of blocks are stored inputs × outputs
    std::string prefix;      ///< of tensor names, which those of slots do not have
    TransformerNames names;
};

/// The parts that transformers are put together from. What a family does otherwise, it derives.
class TransformerBuilder : protected GraphBuilder {
public:
    TransformerBuilder(std::string_view family, const Checkpoint& checkpoint,
                       Transformer transformer, const GgufNames* ggufNames = nullptr);
    virtual ~TransformerBuilder() = default;

    /// Words, positions where there is a table of them, blocks, norm and head.
    Graph decoder();

protected:
    /// A matrix, and its bias where it has one: whole tensors, or a part of what others share.
    struct Linear {
        std::string name; ///< of the tensors, without their kind
        int64_t outputs = 0;
        Role role = Role::Unknown;
        bool biased = false;
        bool transposed = false;
        std::string part = {};     ///< name of the view; empty: it has tensors of its own
        int64_t first = 0;         ///< its first output in the shared tensor
        int64_t tensorOutputs = 0; ///< all of the shared tensor's
    };

    /// The tensor that a slot shows, by the slot's name and kind: "h.0.ln_1.weight".
    virtual std::string tensorOf(const std::string& name) const;

    /// Steps by what they compute; each returns the value it writes, named `output`.
    int lookUp(std::string_view operation, int tableSlot, const std::string& output);
    int linear(int input, const Linear& layer, const std::string& output);
    int norm(int input, const std::string& name, const std::string& output);
    int add(int a, int b, const std::string& output);

    /// The slot of a table.
    int table(std::string_view name, int64_t rows, Role role);
    /// All blocks, the last of which gives the result.
    int blocks(int input);
    /// The graph, with what the program computes.
    Graph graphOf(const char* program, int output);

    const Transformer m_t;

private:
    int block(int input);
    int attention(int input);
    int feedForward(int input);
    int rope(int input, int heads, const std::string& output);
    Linear projection(std::string_view name, Role role, int64_t first, int heads) const;
    Attributes attentionAttributes();
    std::string inBlock(std::string_view name) const { return m_slotPrefix + std::string(name); }

    std::string m_slotPrefix;  ///< of the block being built: "model.layers.3."
    std::string m_valuePrefix; ///< "blocks.3."
};

} // namespace bitloom
