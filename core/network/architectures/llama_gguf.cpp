// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_gguf.h"

#include "core/network/architectures/llama.h"
#include "core/network/architectures/llama_gguf_keys.h"
#include "core/network/architectures/llama_gguf_names.h"

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
    return name.ends_with("self_attn.q_proj") || name.ends_with("self_attn.k_proj");
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

json configurationOf(const Checkpoint& checkpoint)
{
    const GgufNumbers numbers(kLlamaFamily, checkpoint);
    json c;
    c["architectures"] = {"LlamaForCausalLM"};
    c["model_type"] = "llama";
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

GgufEntry entry(const char* key, uint64_t value)
{
    return {std::string("llama.") + key, GgufEntry::Type::U32, value};
}

GgufEntry entry(const char* key, double value)
{
    return {std::string("llama.") + key, GgufEntry::Type::F32, value};
}

void addNumbers(const LlamaConfiguration& c, std::vector<GgufEntry>& out)
{
    const auto whole = [](int64_t value) { return static_cast<uint64_t>(value); };
    out.push_back(entry("context_length", whole(c.context)));
    out.push_back(entry("embedding_length", whole(c.hidden)));
    out.push_back(entry("block_count", whole(c.blocks)));
    out.push_back(entry("feed_forward_length", whole(c.feedForward)));
    out.push_back(entry("attention.head_count", whole(c.heads)));
    out.push_back(entry("attention.head_count_kv", whole(c.keyValueHeads)));
    out.push_back(entry("attention.key_length", whole(c.headSize)));
    out.push_back(entry("attention.value_length", whole(c.headSize)));
    out.push_back(entry("attention.layer_norm_rms_epsilon", c.epsilon));
    out.push_back(entry("rope.dimension_count", whole(c.headSize)));
    out.push_back(entry("rope.freq_base", c.rope.theta));
    out.push_back(entry("vocab_size", whole(c.vocabulary)));
    if (c.rope.linearScaling != 1) {
        out.push_back({"llama.rope.scaling.type", GgufEntry::Type::String, std::string("linear")});
        out.push_back(entry("rope.scaling.factor", c.rope.linearScaling));
    }
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

json adoptLlamaGguf(Checkpoint& checkpoint)
{
    json configuration = configurationOf(checkpoint);
    const int64_t headSize = configuration["head_dim"].get<int64_t>();
    for (StoredTensor& tensor : checkpoint.tensors) {
        if (!tensor.name.ends_with(".weight"))
            continue;
        const std::string name =
            kLlamaGgufNames.toHuggingFace(tensor.name.substr(0, tensor.name.size() - 7));
        tensor.name = name + ".weight";
        // Other row counts are refused as a wrong shape when the network is built.
        if (isPermuted(name) && headSize % 2 == 0 && tensor.rows() % headSize == 0)
            tensor.rowOrder = rowOrder(tensor.rows(), headSize, /*toHuggingFace=*/true);
    }
    return configuration;
}

GgufPlan llamaGgufPlan(const json& configuration, const Graph& graph)
{
    const LlamaConfiguration numbers(configuration);
    GgufPlan plan;
    addNumbers(numbers, plan.metadata);
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const Slot& slot = graph.slots[i];
        if (slot.uses.empty())
            continue;
        GgufPlan::Tensor tensor{
            kLlamaGgufNames.toGguf(slot.name) + ".weight", {static_cast<int>(i)}, {}};
        if (isPermuted(slot.name))
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
