// SPDX-License-Identifier: GPL-3.0-or-later
// A field that changes the numbers is read or refused by name, never passed over.
#include "core/network/architectures/architectures.h"
#include "core/network/model/model.h"
#include "tests/core/network/tiny_models.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;
using nlohmann::json;

namespace {

/// What transformers 5 writes of every network, and 4 wrote, as it is where nobody asked for
/// anything.
const json kOfEveryNetwork = {{"_name_or_path", "somebody/something"},
                              {"transformers_version", "5.24.0"},
                              {"dtype", "bfloat16"},
                              {"torch_dtype", "bfloat16"},
                              {"return_dict", true},
                              {"output_hidden_states", false},
                              {"output_attentions", false},
                              {"use_cache", true},
                              {"chunk_size_feed_forward", 0},
                              {"is_encoder_decoder", false},
                              {"pruned_heads", json::object()},
                              {"add_cross_attention", false},
                              {"cross_attention_hidden_size", nullptr},
                              {"tie_encoder_decoder", false},
                              {"finetuning_task", nullptr},
                              {"label2id", {{"LABEL_0", 0}}},
                              {"task_specific_params", nullptr},
                              {"problem_type", nullptr},
                              {"tokenizer_class", nullptr},
                              {"prefix", nullptr},
                              {"bos_token_id", 1},
                              {"eos_token_id", {2, 3}},
                              {"pad_token_id", nullptr},
                              {"sep_token_id", nullptr},
                              {"decoder_start_token_id", nullptr},
                              {"max_length", 20},
                              {"min_length", 0},
                              {"do_sample", false},
                              {"early_stopping", false},
                              {"num_beams", 1},
                              {"num_beam_groups", 1},
                              {"diversity_penalty", 0.0},
                              {"temperature", 1.0},
                              {"top_k", 50},
                              {"top_p", 1.0},
                              {"typical_p", 1.0},
                              {"repetition_penalty", 1.0},
                              {"length_penalty", 1.0},
                              {"no_repeat_ngram_size", 0},
                              {"encoder_no_repeat_ngram_size", 0},
                              {"bad_words_ids", nullptr},
                              {"num_return_sequences", 1},
                              {"output_scores", false},
                              {"return_dict_in_generate", false},
                              {"forced_bos_token_id", nullptr},
                              {"forced_eos_token_id", nullptr},
                              {"remove_invalid_values", false},
                              {"exponential_decay_length_penalty", nullptr},
                              {"suppress_tokens", nullptr},
                              {"begin_suppress_tokens", nullptr},
                              {"torchscript", false},
                              {"tf_legacy_loss", false},
                              {"use_bfloat16", false},
                              {"initializer_range", 0.02},
                              {"_attn_implementation_autoset", true},
                              {"gradient_checkpointing", false},
                              {"per_layer_config", nullptr}};

/// What an architecture's own class writes beside the numbers that the tiny ones have.
json ownFieldsOf(std::string_view architecture)
{
    if (architecture == "llama")
        return {{"attention_bias", false}, {"attention_dropout", 0.0}, {"mlp_bias", false},
                {"pretraining_tp", 1},     {"rope_scaling", nullptr},  {"sliding_window", nullptr},
                {"head_dim", nullptr},     {"layer_types", nullptr}};
    if (architecture == "gpt2")
        return {{"resid_pdrop", 0.1},
                {"embd_pdrop", 0.1},
                {"attn_pdrop", 0.1},
                {"summary_type", "cls_index"},
                {"summary_use_proj", true},
                {"summary_activation", nullptr},
                {"summary_first_dropout", 0.1},
                {"summary_proj_to_labels", true},
                {"scale_attn_weights", true},
                {"scale_attn_by_inverse_layer_idx", false},
                {"n_ctx", 301},
                {"reorder_and_upcast_attn", false}};
    if (architecture == "bert")
        return {{"hidden_dropout_prob", 0.1},
                {"attention_probs_dropout_prob", 0.1},
                {"position_embedding_type", "absolute"},
                {"classifier_dropout", nullptr},
                {"is_decoder", false},
                {"tie_word_embeddings", true},
                {"pooler_type", "first_token_transform"}};
    return json::object();
}

} // namespace

class TestConfigurationFields : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::shared_ptr<const Model> opened(const TinyModel& tiny)
    {
        const std::string folder = m_folder.filePath("tiny").toStdString();
        std::filesystem::remove_all(folder);
        tiny.write(folder);
        return openModel(folder);
    }

    /// A tiny network of the architecture with one field changed.
    std::shared_ptr<const Model> changed(const Architecture& architecture, const char* field,
                                         const json& value)
    {
        TinyModel tiny = tinyModel(architecture);
        tiny.configuration[field] = value;
        return opened(tiny);
    }

private Q_SLOTS:
    void whatTransformersWritesIsUnderstood()
    {
        for (const Architecture& architecture : architectures()) {
            TinyModel tiny = tinyModel(architecture);
            for (const json& fields : {kOfEveryNetwork, ownFieldsOf(architecture.id)})
                for (const auto& [field, value] : fields.items())
                    tiny.configuration[field] = value;
            const auto model = opened(tiny);
            QVERIFY2(model->runnable(), model->missing.c_str());
        }
    }

    /// Nobody can tell what an unknown field means; null says nothing.
    void unknownFieldsAreRefusedByName()
    {
        for (const Architecture& architecture : architectures()) {
            const auto model = changed(architecture, "zebra_multiplier", 1.0);
            QVERIFY(!model->runnable());
            QVERIFY2(model->missing.find("the field zebra_multiplier could change the numbers") !=
                         std::string::npos,
                     model->missing.c_str());
            QVERIFY(changed(architecture, "zebra_multiplier", nullptr)->runnable());
        }
    }

    void nullMeansAbsent()
    {
        const auto nulled = [&](const char* architecture,
                                std::initializer_list<const char*> names) {
            for (const char* name : names) {
                const auto model = changed(*findArchitecture(architecture), name, nullptr);
                QVERIFY2(model->runnable(), name);
            }
        };
        nulled("llama", {"hidden_act", "model_type", "rms_norm_eps", "rope_theta"});
        nulled("gpt2", {"activation_function", "model_type", "layer_norm_epsilon"});
        nulled("bert", {"hidden_act", "model_type", "type_vocab_size", "position_embedding_type"});
        nulled("lstm_lm", {"architectures", "gate_order", "activation", "tie_word_embeddings"});
    }

    void whatIsNotComputedIsRefusedByName_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("value");
        const auto row = [](const char* architecture, const char* field, const char* value) {
            QTest::addRow("%s %s", architecture, field) << architecture << field << value;
        };
        row("llama", "attention_bias", "true");
        row("llama", "mlp_bias", "true");
        row("llama", "layer_types", R"(["full_attention", "sliding_attention"])");
        row("llama", "use_sliding_window", "true");
        row("llama", "rope_interleaved", "true");
        row("llama", "model_type", "\"granite\"");
        row("gpt2", "model_type", "\"gpt_neo\"");
        row("bert", "model_type", "\"roberta\"");
        row("bert", "id2label", R"({"0": "how good"})"); // transformers: regression
        for (const Architecture& architecture : architectures()) {
            row(architecture.id.data(), "is_encoder_decoder", "true");
            row(architecture.id.data(), "pruned_heads", R"({"0": [1]})");
            row(architecture.id.data(), "per_layer_config", R"({"0": {"hidden_size": 8}})");
        }
    }

    void whatIsNotComputedIsRefusedByName()
    {
        QFETCH(QString, architecture);
        QFETCH(QString, field);
        QFETCH(QString, value);
        const auto model = changed(*findArchitecture(architecture.toStdString()),
                                   field.toUtf8().constData(), json::parse(value.toStdString()));
        QVERIFY(!model->runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(field), model->missing.c_str());
    }

    /// A Mistral is a Llama but for its window, which is there unless its configuration says null.
    void mistralsAreLlamasWithoutAWindow()
    {
        TinyLlama tiny;
        tiny.configuration.erase("architectures");
        tiny.configuration["model_type"] = "mistral";
        QVERIFY(opened(tiny)->runnable()); // no text is longer than the 4096 that are assumed
        tiny.configuration["max_position_embeddings"] = 8192;
        const auto assumed = opened(tiny);
        QVERIFY2(assumed->missing.find("one of 4096 tokens in a context of 8192") !=
                     std::string::npos,
                 assumed->missing.c_str());
        tiny.configuration["sliding_window"] = nullptr;
        QVERIFY(opened(tiny)->runnable());
        tiny.configuration["sliding_window"] = 8191;
        QVERIFY(!opened(tiny)->runnable());
        tiny.configuration["sliding_window"] = 8192;
        QVERIFY(opened(tiny)->runnable());
    }

    /// Transformers takes other networks' names for a GPT-2's numbers.
    void gpt2sNumbersHaveOtherNames()
    {
        TinyGpt2 tiny;
        tiny.configuration.erase("n_embd");
        tiny.configuration["hidden_size"] = 36;
        QVERIFY(opened(tiny)->runnable());
        tiny.configuration["n_embd"] = 24;
        const QString said = refusal([&] { opened(tiny); });
        QVERIFY2(said.contains("n_embd is 24 and hidden_size"), qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(TestConfigurationFields)
#include "tst_configuration_fields.moc"
