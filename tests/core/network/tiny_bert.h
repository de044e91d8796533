// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/network/tiny_model.h"

namespace bitloom {

/// 2 blocks of 3 heads of 12, feed-forward 52, 3 classes; tensors with "bert.".
struct TinyBert : TinyModel {
    TinyBert()
    {
        configuration = {{"architectures", {"BertForSequenceClassification"}},
                         {"model_type", "bert"},
                         {"vocab_size", 2048},
                         {"hidden_size", 36},
                         {"intermediate_size", 52},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 3},
                         {"max_position_embeddings", 301},
                         {"type_vocab_size", 2},
                         {"layer_norm_eps", 1e-12},
                         {"hidden_act", "gelu"},
                         {"id2label", {{"0", "bad"}, {"1", "fair"}, {"2", "good"}}}};
        shapes["bert.embeddings.word_embeddings.weight"] = {2048, 36};
        shapes["bert.embeddings.position_embeddings.weight"] = {301, 36};
        shapes["bert.embeddings.token_type_embeddings.weight"] = {2, 36};
        addNorm("bert.embeddings.LayerNorm");
        for (int block = 0; block < 2; ++block) {
            const std::string name = "bert.encoder.layer." + std::to_string(block) + ".";
            for (const char* part : {"query", "key", "value"})
                addLinear(name + "attention.self." + part, 36, 36);
            addLinear(name + "attention.output.dense", 36, 36);
            addNorm(name + "attention.output.LayerNorm");
            addLinear(name + "intermediate.dense", 36, 52);
            addLinear(name + "output.dense", 52, 36);
            addNorm(name + "output.LayerNorm");
        }
        addLinear("bert.pooler.dense", 36, 36);
        addLinear("classifier", 36, 3);
    }

    /// Sentence embeddings in place of classes, named without "bert."; the pooler stays, unused.
    void makeSentenceEncoder(const std::string& pooling)
    {
        std::map<std::string, Shape> renamed;
        for (const auto& [name, shape] : shapes)
            if (name.starts_with("bert."))
                renamed[name.substr(5)] = shape;
        shapes = renamed;
        configuration["architectures"] = {"BertModel"};
        sideFiles["modules.json"] =
            R"([{"idx":0,"type":"sentence_transformers.models.Transformer"},
                {"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
                {"idx":2,"type":"sentence_transformers.models.Normalize"}])";
        sideFiles["1_Pooling/config.json"] =
            R"({"word_embedding_dimension": 36, "pooling_mode_)" + pooling + R"(": true,
                "pooling_mode_max_tokens": false})";
        sideFiles["sentence_bert_config.json"] = R"({"max_seq_length": 64})";
    }

    void rename(const std::string& from, const std::string& to)
    {
        std::map<std::string, Shape> renamed;
        for (const auto& [name, shape] : shapes) {
            std::string other = name;
            if (const size_t at = other.find(from); at != std::string::npos)
                other.replace(at, from.size(), to);
            renamed[other] = shape;
        }
        shapes = renamed;
    }

    void addLinear(const std::string& name, int64_t inputs, int64_t outputs)
    {
        shapes[name + ".weight"] = {outputs, inputs};
        shapes[name + ".bias"] = {outputs};
    }
    void addNorm(const std::string& name)
    {
        shapes[name + ".weight"] = shapes[name + ".bias"] = {36};
    }
};

} // namespace bitloom
