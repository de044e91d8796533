// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/view.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// What a weight does. Everyone asks for roles; only the architecture parses tensor names.
enum class Role {
    Unknown,
    TokenEmbedding,
    PositionEmbedding,
    TypeEmbedding,
    AttentionQuery,
    AttentionKey,
    AttentionValue,
    AttentionOutput,
    FeedForwardGate,
    FeedForwardUp,
    FeedForwardDown,
    Pooler,
    RecurrentInputInput, ///< from the input to the input gate
    RecurrentInputForget,
    RecurrentInputCell,
    RecurrentInputOutput,
    RecurrentHiddenInput, ///< from the hidden state to the input gate
    RecurrentHiddenForget,
    RecurrentHiddenCell,
    RecurrentHiddenOutput,
    OutputHead,
    Norm,
    Bias,
    Unused, ///< stored, but the chosen head never reads it
};
/// "attention query", ...
std::string_view roleName(Role role);

/// Where a weight lives: a view on a stored tensor, what it is for, and whether it may be
/// quantized.
struct Slot {
    std::string name;   ///< the tensor's name without ".weight", then the view's (".q")
    std::string tensor; ///< name of the stored tensor
    Role role = Role::Unknown;
    int block = -1;      ///< -1: outside the blocks
    int64_t rows = 0;    ///< output features; 1 for vectors
    int64_t columns = 0; ///< input features: a row is what quantization groups run along
    bool quantizable = false;
    std::vector<int> uses; ///< steps that read it; a tied embedding has two
    View view = {};        ///< which part of the stored tensor

    int64_t weights() const { return rows * columns; }
};

/// A named quantity flowing through the network: one vector of `width` floats per position
/// ("tokens": one integer per position, width 1), or one per text.
struct Value {
    std::string name; ///< "tokens", "blocks.3.attention.query", "logits"
    int64_t width = 0;
    bool perText = false; ///< a text's positions were pooled into one row
};

/// Memory that outlives one run. Append: grows by one row per position (KV cache). Replace: one
/// row, zero where a text begins, written over at every position (LSTM cell).
struct State {
    enum class Kind { Append, Replace } kind = Kind::Append;
    std::string name;
    int64_t width = 0;
};

/// Rotary frequencies, computed by the host in double: position p turns pair i by
/// p · inverseFrequencies[i] radians.
struct RopeTable {
    std::vector<double> inverseFrequencies;
};

/// Numbers an operation needs beside its inputs. Unused ones stay zero.
struct Attributes {
    double epsilon = 0;
    double scale = 0; ///< attention: factor on q·k
    int heads = 0;
    int keyValueHeads = 0;
    int headSize = 0;
    int ropeTable = -1; ///< index into Graph::ropeTables
    int keyState = -1;  ///< index into Graph::states
    int valueState = -1;
    int hiddenState = -1; ///< the same, of Replace states
    int cellState = -1;
};

/// One operation. `operation` names a row of the operations table:
///
///   embed(tokens; W[vocab,d])         → row W[token]
///   embed_position(tokens; W[n,d])    → row W[position]; position = rows already in the sequence
///                                        + row
///   embed_type(tokens; W[types,d])    → row W[0]: all of a text is its first segment
///   rms_norm(x; w[d])                 → x / sqrt(mean(x²) + epsilon) · w
///   layer_norm(x; w[d], b[d])         → (x − mean(x)) / sqrt(variance(x) + epsilon) · w + b
///   linear(x; W[out,in])              → W x
///   linear(x; W[out,in], b[out])      → W x + b
///   rope(x)                           → rotate-half by RopeTable, `heads` heads of `headSize`;
///                                        position = rows already in the sequence + row
///   attention(q, k, v)                → appends k and v to their states, causal
///   softmax(scale·qkᵀ)v,
///                                        query head h reads key/value head h / (heads /
///                                        keyValueHeads)
///   text_attention(q, k, v)           → the same without states, over all positions of the text
///   silu_multiply(gate, up)           → silu(gate) · up
///   gelu(x)                           → x · Φ(x)
///   gelu_new(x)                       → x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2
///   relu(x)                           → max(x, 0)
///   tanh(x)                           → tanh(x)
///   first_row(x)                      → of each text, the row of its first position
///   mean_rows(x)                      → of each text, the mean over its positions
///   normalize(x)                      → x / √Σx²
///   lstm(xi, xf, xg, xo; Ui, Uf, Ug, Uo [, bi, bf, bg, bo])
///                                     → h, position by position: i, f, o = σ(x + U h₋₁ + b),
///                                        g = tanh(x + U h₋₁ + b), c = f · c₋₁ + i · g,
///                                        h = o · tanh(c); h₋₁ and c₋₁ are its states
///   add(a, b)                         → a + b
struct Step {
    std::string_view operation;
    std::vector<int> inputs; ///< indices into Graph::values
    int output = -1;
    std::vector<int> slots; ///< indices into Graph::slots
    Attributes attributes;
    int block = -1;
};

/// A list of steps over the graph's values, in execution order.
struct Program {
    std::string name; ///< "decode"
    std::vector<Step> steps;
    int input = -1;  ///< the tokens
    int output = -1; ///< the value asked for (logits)
    /// False: the checkpoint has no embedding tables, and `input` is a value that must be given.
    bool readsTokens = true;
};

/// What the network is asked for, and with it what one example is and what its loss:
///   NextToken  a window of text; −Σ log p(label), labels sampled from the model
///   Class      a sentence; −log p(class), the class sampled from the model
///   Embedding  a sentence; u · ê of the unit vector ê, u a random Gaussian direction
enum class OutputKind { NextToken, Class, Embedding };

/// Graph::contextLength of a network that has no last position, because nothing in it counts them.
/// Nobody gets there, and sums with it do not overflow.
inline constexpr int64_t kNoLastPosition = int64_t{1} << 40;
/// Tokens of a window where nobody asks for another number.
inline int64_t defaultWindow(int64_t contextLength)
{
    constexpr int64_t kSteps = 128;
    return contextLength == kNoLastPosition ? kSteps : contextLength;
}

/// The network, described once; every engine runs it.
struct Graph {
    std::vector<Value> values;
    std::vector<Slot> slots;
    std::vector<State> states;
    std::vector<RopeTable> ropeTables;
    std::vector<Program> programs;
    OutputKind output = OutputKind::NextToken;
    std::vector<std::string> labels; ///< Class: their names
    int64_t vocabulary = 0;
    int64_t contextLength = 0; ///< positions a text may have, or kNoLastPosition
    int blocks = 0;

    const Slot& slot(int index) const { return slots[static_cast<size_t>(index)]; }
    Slot& slot(int index) { return slots[static_cast<size_t>(index)]; }
    const Value& value(int index) const { return values[static_cast<size_t>(index)]; }
    Value& value(int index) { return values[static_cast<size_t>(index)]; }

    bool runnable() const { return !programs.empty(); }
    /// Whether texts come whole and see nothing of each other (Engine::encode), rather than being
    /// continued token by token (Engine::run).
    bool readsWholeTexts() const { return output != OutputKind::NextToken; }
    /// Numbers in a row of what the network is asked for.
    int64_t outputWidth() const;
    int64_t weights() const;                    ///< of all slots that it reads
    int findSlot(std::string_view name) const;  ///< -1: none
    int findValue(std::string_view name) const; ///< -1: none
    /// Whether a value may be quantized while the network runs: it is computed, and not what the
    /// network is asked for.
    bool canBeQuantized(int value) const;
};

} // namespace bitloom
