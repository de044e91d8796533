// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/writers.h"
#include "core/random.h"
#include "tests/test_data.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace bitloom {

/// A Llama of a few thousand random weights with the bundled sample's tokenizer, to be changed and
/// written as a Hugging Face folder. 2 blocks, 4 heads of 6 over 2 key/value heads, no tied head.
struct TinyLlama {
    nlohmann::json configuration = {{"architectures", {"LlamaForCausalLM"}},
                                    {"model_type", "llama"},
                                    {"vocab_size", 2048},
                                    {"hidden_size", 24},
                                    {"intermediate_size", 40},
                                    {"num_hidden_layers", 2},
                                    {"num_attention_heads", 4},
                                    {"num_key_value_heads", 2},
                                    {"max_position_embeddings", 300},
                                    {"rms_norm_eps", 1e-5},
                                    {"rope_theta", 10000.0},
                                    {"hidden_act", "silu"},
                                    {"tie_word_embeddings", false}};
    std::map<std::string, Shape> shapes;
    bool withTokenizer = true;

    TinyLlama()
    {
        shapes["model.embed_tokens.weight"] = shapes["lm_head.weight"] = {2048, 24};
        shapes["model.norm.weight"] = {24};
        for (int block = 0; block < 2; ++block) {
            const std::string name = "model.layers." + std::to_string(block) + ".";
            shapes[name + "self_attn.q_proj.weight"] = {24, 24};
            shapes[name + "self_attn.k_proj.weight"] = {12, 24};
            shapes[name + "self_attn.v_proj.weight"] = {12, 24};
            shapes[name + "self_attn.o_proj.weight"] = {24, 24};
            shapes[name + "mlp.gate_proj.weight"] = {40, 24};
            shapes[name + "mlp.up_proj.weight"] = {40, 24};
            shapes[name + "mlp.down_proj.weight"] = {24, 40};
            shapes[name + "input_layernorm.weight"] = {24};
            shapes[name + "post_attention_layernorm.weight"] = {24};
        }
    }

    /// The weights that `write` gives a tensor: uniform in ±1/√columns, norms around 1.
    static PackedTensor weights(const std::string& name, const Shape& shape)
    {
        const int64_t columns = shape.back();
        const int64_t count = elementCount(shape);
        std::span<std::byte> bytes;
        PackedTensor tensor =
            PackedTensor::allocate(schemeNamed("f32"), count / columns, columns, bytes);
        const double range = std::sqrt(3.0 / static_cast<double>(columns));
        for (int64_t i = 0; i < count; ++i) {
            const double draw =
                2 * randomUniform(std::hash<std::string>()(name), static_cast<uint64_t>(i)) - 1;
            const auto value = static_cast<float>(shape.size() == 1 ? 1 + draw / 4 : draw * range);
            std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof value, &value, sizeof value);
        }
        return tensor;
    }

    void write(const std::string& folder) const
    {
        std::filesystem::create_directories(folder);
        writeTextFile(folder + "/config.json", configuration.dump());
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, shape] : shapes)
            tensors.push_back({name, shape, "f32",
                               [name = name, shape = shape] { return weights(name, shape); }});
        Progress progress;
        writeSafetensors(folder + "/model.safetensors", tensors, {}, progress);
        for (const char* file : {"tokenizer.json", "tokenizer_config.json"})
            if (withTokenizer)
                std::filesystem::copy_file(sampleData() + "/" + file, folder + "/" + file,
                                           std::filesystem::copy_options::overwrite_existing);
    }
};

} // namespace bitloom
