// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/lstm_lm.h"

#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/families.h"
#include "core/network/architectures/graph_builder.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

/// The family's name in Errors.
constexpr std::string_view kFamily = "lstm_lm";

struct Gate {
    const char* name;
    Role input;
    Role hidden;
};
/// As they stand one below the other.
constexpr std::array<Gate, 4> kGates = {{
    {"i", Role::RecurrentInputInput, Role::RecurrentHiddenInput},
    {"f", Role::RecurrentInputForget, Role::RecurrentHiddenForget},
    {"g", Role::RecurrentInputCell, Role::RecurrentHiddenCell},
    {"o", Role::RecurrentInputOutput, Role::RecurrentHiddenOutput},
}};

constexpr std::array kFields = {
    only("model_type", R"("lstm_lm")"),
    read("vocab_size"),
    read("embedding_size"),
    read("hidden_size"),
    read("num_layers"),
    read("tie_word_embeddings"),
    read("tokenizer"),
    only("gate_order", R"("ifgo")"),
    only("activation", R"("tanh")"),
    only("recurrent_activation", R"("sigmoid")"),
    only("peepholes", "false"),
    only("use_peepholes", "false"),
    only("proj_size", "0"),
    only("projection_size", "0"),
    only("bidirectional", "false"),
    only("attention", R"(false, "")"),
    only("layer_norm", "false"),
    nothing("dropout"),
    nothing("batch_first"),
    nothing("pad_id"),
    nothing("meta_token"),
};
/// Parts of tensor names that only such additions have.
constexpr std::array<std::pair<const char*, const char*>, 3> kForeignTensors = {{
    {"weight_hr_l", "a projection (proj_size)"},
    {"_reverse", "a second direction (bidirectional)"},
    {"peephole", "peepholes"},
}};

/// Puts an LSTM language model together.
class LstmBuilder : private GraphBuilder {
public:
    LstmBuilder(const LstmConfiguration& configuration, const Checkpoint& checkpoint)
        : GraphBuilder(kFamily, checkpoint)
        , m_c(configuration)
        , m_biased(std::ranges::any_of(checkpoint.tensors, [](const StoredTensor& tensor) {
            return tensor.name.starts_with("lstm.bias_");
        }))
    {
    }

    Graph build();

private:
    /// "lstm.weight_ih_l0.f" of a tensor "lstm.weight_ih_l0".
    int gateSlot(const std::string& kind, size_t gate, const Shape& shape, Role role);
    int inputGate(int input, int64_t inputWidth, size_t gate);
    int layer(int input, int64_t inputWidth);

    const LstmConfiguration& m_c;
    bool m_biased; ///< torch.nn.LSTM has all its biases or none
};

int LstmBuilder::gateSlot(const std::string& kind, size_t gate, const Shape& shape, Role role)
{
    const std::string tensor = "lstm." + kind + "_l" + std::to_string(m_block);
    const View view = {false, static_cast<int64_t>(gate) * m_c.hidden, m_c.hidden};
    return slot(tensor + "." + kGates[gate].name, stored(tensor, shape), role, view);
}

int LstmBuilder::inputGate(int input, int64_t inputWidth, size_t gate)
{
    const auto rows = static_cast<int64_t>(kGates.size()) * m_c.hidden;
    std::vector<int> slots = {gateSlot("weight_ih", gate, {rows, inputWidth}, kGates[gate].input)};
    if (m_biased)
        slots.push_back(gateSlot("bias_ih", gate, {rows}, Role::Bias));
    return step("linear", {input}, slots,
                "blocks." + std::to_string(m_block) + ".input." + kGates[gate].name, m_c.hidden);
}

int LstmBuilder::layer(int input, int64_t inputWidth)
{
    const std::string values = "blocks." + std::to_string(m_block) + ".";
    const auto rows = static_cast<int64_t>(kGates.size()) * m_c.hidden;
    std::vector<int> inputs;
    std::vector<int> slots;
    for (size_t gate = 0; gate < kGates.size(); ++gate)
        inputs.push_back(inputGate(input, inputWidth, gate));
    for (size_t gate = 0; gate < kGates.size(); ++gate)
        slots.push_back(gateSlot("weight_hh", gate, {rows, m_c.hidden}, kGates[gate].hidden));
    for (size_t gate = 0; m_biased && gate < kGates.size(); ++gate)
        slots.push_back(gateSlot("bias_hh", gate, {rows}, Role::Bias));
    Attributes attributes;
    attributes.hiddenState = state(values + "hidden", m_c.hidden, State::Kind::Replace);
    attributes.cellState = state(values + "cell", m_c.hidden, State::Kind::Replace);
    return step("lstm", inputs, slots, values + "hidden", m_c.hidden, attributes);
}

Graph LstmBuilder::build()
{
    m_graph.vocabulary = m_c.vocabulary;
    m_graph.contextLength = kNoLastPosition;
    m_graph.blocks = m_c.layers;
    m_program.name = "decode";
    m_program.input = value("tokens", 1);
    const int words = slot("embedding", stored("embedding.weight", {m_c.vocabulary, m_c.embedding}),
                           Role::TokenEmbedding);
    int stream = step("embed", {m_program.input}, {words}, "embedding", m_c.embedding);
    for (m_block = 0; m_block < m_c.layers; ++m_block)
        stream = layer(stream, m_block == 0 ? m_c.embedding : m_c.hidden);
    m_block = -1;
    m_program.output = logits(stream, "decoder", words, m_c.tied);
    m_graph.programs.push_back(std::move(m_program));
    return std::move(m_graph);
}

} // namespace

LstmConfiguration::LstmConfiguration(const json& configuration)
{
    const ConfigurationReader read(kFamily, configuration);
    vocabulary = read.whole("vocab_size");
    hidden = read.whole("hidden_size");
    embedding = read.whole("embedding_size");
    layers = static_cast<int>(read.whole("num_layers", 1));
    tied = read.flag("tie_word_embeddings", false);
    if (tied && embedding != hidden)
        read.refuse("says tie_word_embeddings is true, but embedding_size is " +
                    std::to_string(embedding) + " and hidden_size " + std::to_string(hidden));
}

bool isLstm(const json& configuration)
{
    return modelType(configuration) == kFamily;
}

std::string lstmUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    const std::string name = architectureName(configuration);
    if (!name.empty() && name != "LstmCharLM")
        return "the head of " + name + " (architectures) is not supported, only LstmCharLM";
    if (std::string problem = fieldsUnsupported(configuration, {kFields, commonFields()});
        !problem.empty())
        return problem;
    for (const StoredTensor& tensor : checkpoint.tensors)
        for (const auto& [part, meaning] : kForeignTensors)
            if (tensor.name.find(part) != std::string::npos)
                return "tensor " + tensor.name + " belongs to " + meaning +
                       ", which is not supported";
    return {};
}

Graph buildLstm(const json& configuration, const Checkpoint& checkpoint)
{
    const LstmConfiguration numbers(configuration);
    return finished(
        kFamily, LstmBuilder(numbers, checkpoint).build(), checkpoint,
        [&](const std::string& name) { return numbers.tied && name == "decoder.weight"; });
}

Architecture lstmArchitecture()
{
    return {"lstm_lm", "LSTM",  "language models", isLstm, lstmUnsupported,
            buildLstm, nullptr, nullptr,           nullptr};
}

} // namespace bitloom
