// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_configuration.h"
#include "core/network/architectures/llama_family.h"
#include "core/network/architectures/llama_gguf_keys.h"

#include <cstring>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

/// GGUF row `head·size + 2i + p` is Hugging Face's row `head·size + p·size/2 + i`. The order in
/// which one is read from the other: [r] is the row there that becomes row r here.
std::vector<int32_t> rowOrder(int64_t rows, int64_t headSize, bool toHuggingFace)
{
    std::vector<int32_t> order(static_cast<size_t>(rows));
    for (int64_t head = 0; head < rows / headSize; ++head)
        for (int64_t i = 0; i < headSize / 2; ++i)
            for (int64_t p = 0; p < 2; ++p) {
                const int64_t gguf = head * headSize + 2 * i + p;
                const int64_t hf = head * headSize + p * (headSize / 2) + i;
                const auto to = static_cast<size_t>(toHuggingFace ? hf : gguf);
                order[to] = static_cast<int32_t>(toHuggingFace ? gguf : hf);
            }
    return order;
}

bool isPermuted(std::string_view name)
{
    return name.ends_with("self_attn.q_proj.weight") || name.ends_with("self_attn.k_proj.weight");
}

/// Scaling without a type is linear, and its factor has an older name, as llama.cpp reads them; 0
/// stands for none.
double linearFactor(const GgufNumbers& numbers, const std::string& type)
{
    const char* key =
        numbers.has("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear";
    return type == "none" || numbers.real(key, 0) == 0 ? 1 : numbers.positive(key);
}

json ropeScaling(const Checkpoint& checkpoint, const GgufNumbers& numbers)
{
    const std::string type = numbers.text("rope.scaling.type", "linear");
    json scaling = {{"rope_type", type}, {"factor", linearFactor(numbers, type)}};
    if (const StoredTensor* factors = checkpoint.find(kRopeFactors);
        factors && (type == "linear" || type == "none")) {
        scaling["rope_type"] = "frequency_factors";
        scaling["factors"] = factors->read().values;
    } else if (type == "none" || (type == "linear" && scaling["factor"] == 1))
        return nullptr;
    return scaling;
}

json configurationOf(const LlamaFamily& family, const Checkpoint& checkpoint)
{
    const GgufNumbers numbers(family.id, checkpoint);
    json c;
    c["architectures"] = json::array({family.classes.front()});
    c["model_type"] = family.modelTypes.front();
    c["hidden_act"] = "silu";
    c["hidden_size"] = numbers.whole("embedding_length");
    c["intermediate_size"] = numbers.whole("feed_forward_length");
    c["max_position_embeddings"] = numbers.whole("context_length");
    c["num_hidden_layers"] = numbers.whole("block_count");
    const LlamaGgufHeads heads(numbers);
    c["num_attention_heads"] = heads.heads;
    c["num_key_value_heads"] = heads.keyValueHeads;
    c["head_dim"] = heads.size;
    c["rms_norm_eps"] = numbers.positive("attention.layer_norm_rms_epsilon");
    c["rope_theta"] = numbers.positive("rope.freq_base", 10000);
    c["rope_scaling"] = ropeScaling(checkpoint, numbers);
    c["tie_word_embeddings"] = checkpoint.find("output.weight") == nullptr;
    c["vocab_size"] = numbers.vocabulary();
    numbers.readTokens(c);
    return c;
}

/// Keys of the family, in the order that they are added.
class FamilyKeys {
public:
    explicit FamilyKeys(std::string_view family)
        : m_prefix(std::string(family) + ".")
    {
    }
    void add(const char* key, int64_t value)
    {
        m_entries.push_back({m_prefix + key, GgufEntry::Type::U32, static_cast<uint64_t>(value)});
    }
    void add(const char* key, int value) { add(key, int64_t{value}); }
    void add(const char* key, double value)
    {
        m_entries.push_back({m_prefix + key, GgufEntry::Type::F32, value});
    }
    void add(const char* key, const std::string& value)
    {
        m_entries.push_back({m_prefix + key, GgufEntry::Type::String, value});
    }
    std::vector<GgufEntry> entries() && { return std::move(m_entries); }

private:
    std::string m_prefix;
    std::vector<GgufEntry> m_entries;
};

std::vector<GgufEntry> metadataOf(const LlamaFamily& family, const LlamaConfiguration& c)
{
    FamilyKeys keys(family.id);
    keys.add("context_length", c.context);
    keys.add("embedding_length", c.hidden);
    keys.add("block_count", c.blocks);
    keys.add("feed_forward_length", c.feedForward);
    keys.add("attention.head_count", c.heads);
    keys.add("attention.head_count_kv", c.keyValueHeads);
    keys.add("attention.key_length", c.headSize);
    keys.add("attention.value_length", c.headSize);
    keys.add("attention.layer_norm_rms_epsilon", c.epsilon);
    keys.add("rope.dimension_count", c.headSize);
    keys.add("rope.freq_base", c.rope.theta);
    keys.add("vocab_size", c.vocabulary);
    if (c.rope.linearScaling != 1) {
        keys.add("rope.scaling.type", "linear");
        keys.add("rope.scaling.factor", c.rope.linearScaling);
    }
    return std::move(keys).entries();
}

PackedTensor singles(const std::vector<double>& values)
{
    std::span<std::byte> bytes;
    PackedTensor tensor =
        PackedTensor::allocate(schemeNamed("f32"), 1, static_cast<int64_t>(values.size()), bytes);
    for (size_t i = 0; i < values.size(); ++i) {
        const auto value = static_cast<float>(values[i]);
        std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    }
    return tensor;
}

} // namespace

json adoptLlamaGguf(const LlamaFamily& family, Checkpoint& checkpoint)
{
    json configuration = configurationOf(family, checkpoint);
    const int64_t headSize = configuration["head_dim"].get<int64_t>();
    for (StoredTensor& tensor : checkpoint.tensors) {
        tensor.name = family.ggufNames.tensorToHuggingFace(tensor.name);
        // Other row counts are refused as a wrong shape when the network is built.
        if (family.rowsInPairs && isPermuted(tensor.name) && headSize % 2 == 0 &&
            tensor.rows() % headSize == 0)
            tensor.rowOrder = rowOrder(tensor.rows(), headSize, /*toHuggingFace=*/true);
    }
    return configuration;
}

GgufPlan llamaGgufPlan(const LlamaFamily& family, const json& configuration, const Graph& graph)
{
    const LlamaConfiguration numbers(configuration, family.id);
    GgufPlan plan;
    plan.metadata = metadataOf(family, numbers);
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const Slot& slot = graph.slots[i];
        if (slot.uses.empty())
            continue;
        GgufPlan::Tensor tensor{
            family.ggufNames.tensorToGguf(slot.tensor), {static_cast<int>(i)}, {}};
        if (family.rowsInPairs && isPermuted(slot.tensor))
            tensor.rowOrder = rowOrder(slot.rows, numbers.headSize, /*toHuggingFace=*/false);
        plan.tensors.push_back(std::move(tensor));
    }
    if (!numbers.rope.frequencyFactors.empty())
        plan.extra.push_back(
            {std::string(kRopeFactors),
             {static_cast<int64_t>(numbers.rope.frequencyFactors.size())},
             "f32",
             [factors = numbers.rope.frequencyFactors] { return singles(factors); }});
    return plan;
}

} // namespace bitloom
