// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_configuration.h"
#include "core/network/model/gguf_plan.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace bitloom;
using nlohmann::json;

namespace {

const json kLlama3 = {{"rope_type", "llama3"},   {"rope_theta", 500000.0},
                      {"factor", 8.0},           {"low_freq_factor", 1.0},
                      {"high_freq_factor", 4.0}, {"original_max_position_embeddings", 64}};

/// A tiny Llama's configuration with these fields (null: taken out) in place of those about rope.
json with(const json& fields)
{
    json configuration = TinyLlama().configuration;
    configuration.erase("rope_theta");
    for (const auto& [key, value] : fields.items())
        configuration[key] = value;
    return configuration;
}

std::vector<double> frequencies(const json& fields)
{
    return LlamaConfiguration(with(fields)).inverseFrequencies();
}

/// theta^(−2i/6), divided.
std::vector<double> plain(double theta, double factor = 1)
{
    std::vector<double> expected;
    for (int i = 0; i < 3; ++i)
        expected.push_back(std::pow(theta, -2.0 * i / 6) / factor);
    return expected;
}

void compare(const std::vector<double>& found, const std::vector<double>& expected)
{
    QCOMPARE(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
        QVERIFY2(std::abs(found[i] / expected[i] - 1) < 1e-7,
                 qPrintable(QString("%1 instead of %2").arg(found[i]).arg(expected[i])));
}

} // namespace

class TestRopeSettings : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Transformers 4, 5, and 5 with an object per layer type say the same.
    void everySpellingIsRead()
    {
        const json theta = {{"rope_theta", 500000.0}, {"rope_type", "default"}};
        compare(frequencies({}), plain(10000));
        compare(frequencies({{"rope_theta", 500000.0}}), plain(500000));
        compare(frequencies({{"rope_parameters", theta}}), plain(500000));
        compare(frequencies({{"rope_parameters", {{"rope_theta", 500000}}}}), plain(500000));
        compare(frequencies({{"rope_parameters", {{"full_attention", theta}}}}), plain(500000));

        const json linear = {{"rope_theta", 777.0}, {"rope_type", "linear"}, {"factor", 4.0}};
        compare(frequencies({{"rope_parameters", linear}}), plain(777, 4));
        compare(frequencies(
                    {{"rope_scaling", {{"type", "linear"}, {"factor", 4}}}, {"rope_theta", 777.0}}),
                plain(777, 4));
        const json both = {{"full_attention", linear}, {"sliding_attention", linear}};
        compare(frequencies({{"rope_parameters", both}}), plain(777, 4));
    }

    /// Of the types that transformers scales by, Llama 3's has its numbers beside the object too.
    void llama3IsTheSameInEverySpelling()
    {
        json old = kLlama3;
        old.erase("rope_theta");
        const auto expected = frequencies({{"rope_scaling", old}, {"rope_theta", 500000.0}});
        compare({expected[0], expected[2]}, {1, plain(500000)[2] / 8});
        QVERIFY(expected[1] < plain(500000)[1]);
        compare(frequencies({{"rope_parameters", kLlama3}}), expected);
        old.erase("original_max_position_embeddings");
        compare(frequencies({{"rope_scaling", old},
                             {"rope_theta", 500000.0},
                             {"original_max_position_embeddings", 64}}),
                expected);
    }

    /// What is there twice and agrees is no contradiction, nor is what says nothing.
    void agreementIsNoContradiction()
    {
        const json linear = {{"rope_type", "linear"}, {"factor", 4.0}};
        json again = linear;
        again["rope_theta"] = 10000;
        compare(frequencies({{"rope_scaling", linear}, {"rope_parameters", again}}),
                plain(10000, 4));
        compare(frequencies({{"rope_scaling", nullptr},
                             {"rope_theta", 777.0},
                             {"rope_parameters", {{"rope_theta", 777}, {"rope_type", nullptr}}}}),
                plain(777));
        compare(frequencies({{"rope_scaling",
                              {{"type", "linear"},
                               {"rope_type", "linear"},
                               {"factor", 4},
                               {"partial_rotary_factor", 1.0},
                               {"attention_factor", nullptr}}}}),
                plain(10000, 4));
        compare(frequencies({{"rope_scaling", json::object()}}), plain(10000));
        // Only the types that layers have count.
        compare(frequencies({{"layer_types", {"full_attention", "full_attention"}},
                             {"rope_parameters",
                              {{"full_attention", {{"rope_theta", 777}}},
                               {"sliding_attention", {{"rope_theta", 10000}}}}}}),
                plain(777));
    }

    void whatIsNotComputedIsRefusedByName_data()
    {
        QTest::addColumn<QString>("fields");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* name, const char* fields, const char* named) {
            QTest::newRow(name) << fields << named;
        };
        for (const char* type : {"yarn", "longrope", "dynamic", "su", "mrope", "proportional", ""})
            QTest::newRow(type) << QString(R"({"rope_parameters": {"rope_type": "%1",
                                               "rope_theta": 10000.0, "factor": 4.0}})")
                                       .arg(type)
                                << QString("rope scaling of type %1 is not supported").arg(type);
        row("old spelling", R"({"rope_scaling": {"type": "yarn", "factor": 4.0}})", "type yarn");
        row("string", R"({"rope_scaling": "linear"})", "rope_scaling is \"linear\"");
        row("number", R"({"rope_parameters": 4})", "rope_parameters is 4");
        row("no type", R"({"rope_scaling": {"factor": 4.0}})", "factor but does not say its");
        row("two types", R"({"rope_scaling": {"type": "linear", "rope_type": "llama3",
                             "factor": 4.0}})",
            "type is linear and rope_type is llama3");
        row("unread", R"({"rope_scaling": {"type": "linear", "factor": 4.0,
                          "attention_factor": 1.2}})",
            "attention_factor");
        row("factor of none", R"({"rope_parameters": {"rope_type": "default", "factor": 4.0}})",
            "factor of rope scaling of type default");
        row("sections", R"({"rope_parameters": {"rope_type": "default",
                            "mrope_section": [16, 24, 24]}})",
            "mrope_section");
        row("part", R"({"partial_rotary_factor": 0.5})", "partial_rotary_factor 0.5");
        row("part within", R"({"rope_parameters": {"rope_theta": 10000.0,
                               "partial_rotary_factor": 0.5}})",
            "partial_rotary_factor 0.5");
        row("two thetas", R"({"rope_theta": 10000.0, "rope_parameters": {"rope_theta": 500000.0}})",
            "rope_theta is 10000.0, but rope_parameters says that it is 500000.0");
        row("two scalings", R"({"rope_scaling": {"type": "linear", "factor": 4.0},
                                "rope_parameters": {"rope_type": "linear", "factor": 2.0}})",
            "rope_parameters and rope_scaling contradict each other");
        row("scaled and not", R"({"rope_scaling": {"type": "linear", "factor": 4.0},
                                  "rope_parameters": {"rope_type": "default"}})",
            "contradict");
        row("layers differ", R"({"rope_parameters": {"full_attention": {"rope_theta": 1000000.0},
                                 "sliding_attention": {"rope_theta": 10000.0}}})",
            "differs between layers of the types full_attention and sliding_attention");
        row("layers without", R"({"layer_types": ["full_attention", "full_attention"],
                                  "rope_parameters": {"full_attention": null}})",
            "no settings for layers of the type full_attention");
        row("beside layers", R"({"rope_parameters": {"full_attention": {"rope_theta": 1000000.0},
                                 "rope_theta": 10000.0}})",
            "the rope_theta of rope_parameters");
    }

    void whatIsNotComputedIsRefusedByName()
    {
        QFETCH(QString, fields);
        QFETCH(QString, named);
        QTemporaryDir folder;
        TinyLlama tiny;
        tiny.configuration = with(json::parse(fields.toStdString()));
        tiny.write(folder.path().toStdString());
        const auto model = openModel(folder.path().toStdString());
        QVERIFY(!model->runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(named), model->missing.c_str());
    }

    void numbersAreNamedWhereTheyStand_data()
    {
        QTest::addColumn<QString>("fields");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const char* fields, const char* said) {
            QTest::newRow(name) << fields << "[llama] config.json " + QString(said);
        };
        row("old", R"({"rope_scaling": {"rope_type": "linear", "factor": null}})",
            "has no rope_scaling.factor");
        row("new", R"({"rope_parameters": {"rope_type": "linear"}})",
            "has no rope_parameters.factor");
        row("per layer type", R"({"rope_parameters": {"full_attention": {"rope_type": "linear",
                                                                     "factor": -1}}})",
            "says rope_parameters.full_attention.factor is -1");
        row("beside", R"({"rope_theta": 0, "rope_scaling": {"type": "linear", "factor": 2}})",
            "says rope_theta is 0");
        row("alone", R"({"rope_theta": "far"})", "says rope_theta is \"far\"");
        row("within", R"({"rope_parameters": {"rope_theta": 0}})",
            "says rope_parameters.rope_theta is 0");
        row("llama3", R"({"rope_scaling": {"rope_type": "llama3", "factor": 8.0,
                          "low_freq_factor": 4.0, "high_freq_factor": 1.0,
                          "original_max_position_embeddings": 64}})",
            "says rope_scaling.high_freq_factor is not above rope_scaling.low_freq_factor");
    }

    void numbersAreNamedWhereTheyStand()
    {
        QFETCH(QString, fields);
        QFETCH(QString, said);
        QTemporaryDir folder;
        TinyLlama tiny;
        tiny.configuration = with(json::parse(fields.toStdString()));
        tiny.write(folder.path().toStdString());
        QCOMPARE(refusal([&] { openModel(folder.path().toStdString()); }), said);
    }

    /// A file that is made of it must not fall back to what nobody asked for.
    void aGgufKeepsThem()
    {
        QTemporaryDir folder;
        TinyLlama tiny;
        tiny.configuration =
            with({{"rope_parameters",
                   {{"rope_theta", 500000.0}, {"rope_type", "linear"}, {"factor", 4.0}}}});
        tiny.write(folder.path().toStdString());
        const GgufPlan plan = ggufNetworkPlan(*openModel(folder.path().toStdString()));
        std::map<std::string, MetadataValue> written;
        for (const GgufEntry& entry : plan.metadata)
            written[entry.key] = entry.value;
        QCOMPARE(std::get<double>(written.at("llama.rope.freq_base")), 500000.0);
        QCOMPARE(std::get<double>(written.at("llama.rope.scaling.factor")), 4.0);
        QCOMPARE(std::get<std::string>(written.at("llama.rope.scaling.type")),
                 std::string("linear"));
    }
};

QTEST_APPLESS_MAIN(TestRopeSettings)
#include "tst_rope_settings.moc"
