// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/network/architectures/families.h"
#include "core/network/architectures/llama_configuration.h"
#include "tests/core/network/tiny_llama.h"

#include <QTest>
#include <cmath>
#include <numbers>

using namespace bitloom;

namespace {

std::vector<double> frequencies(const nlohmann::json& scaling, double theta, int headSize)
{
    nlohmann::json configuration = TinyLlama().configuration;
    configuration["rope_scaling"] = scaling;
    configuration["rope_theta"] = theta;
    configuration["head_dim"] = headSize;
    return LlamaConfiguration(configuration).inverseFrequencies();
}

void compare(double found, double expected)
{
    QVERIFY2(
        std::abs(found / expected - 1) < 1e-7,
        qPrintable(QString("%1 instead of %2").arg(found, 0, 'g', 10).arg(expected, 0, 'g', 10)));
}

} // namespace

class TestLlamaNumbers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void plainFrequencies()
    {
        const auto found = frequencies(nullptr, 10000, 8);
        QCOMPARE(found.size(), size_t{4});
        for (size_t i = 0; i < 4; ++i)
            compare(found[i], std::pow(10.0, -static_cast<double>(i)));
    }

    void linearScalingDividesAll()
    {
        const auto found = frequencies({{"type", "linear"}, {"factor", 4.0}}, 10000, 8);
        for (size_t i = 0; i < 4; ++i)
            compare(found[i], std::pow(10.0, -static_cast<double>(i)) / 4);
    }

    /// Llama 3.1's figures: waves shorter than 8192 / 4 positions stay, those longer than 8192 / 1
    /// are divided by 8, the one between is blended.
    void llama3ScalingBlends()
    {
        const nlohmann::json scaling = {{"rope_type", "llama3"},
                                        {"factor", 8.0},
                                        {"low_freq_factor", 1.0},
                                        {"high_freq_factor", 4.0},
                                        {"original_max_position_embeddings", 8192}};
        const auto found = frequencies(scaling, 500000, 128);
        const auto plain = frequencies(nullptr, 500000, 128);
        compare(found[0], 1);
        // Pair 28: wave 2π·500000^(56/128) = 1956.6 < 2048, kept; pair 29: 2401.9, blended;
        // pair 34: 6696.8, blended; pair 35: 8220.7 > 8192, divided.
        compare(found[28], plain[28]);
        const auto blended = [&](size_t i) {
            const double turns = 8192 / (2 * std::numbers::pi / plain[i]);
            const double smooth = (turns - 1) / 3;
            return (1 - smooth) * plain[i] / 8 + smooth * plain[i];
        };
        compare(found[29], blended(29));
        QVERIFY(found[29] < 0.95 * plain[29] && found[34] > 1.01 * plain[34] / 8);
        compare(found[34], blended(34));
        compare(found[35], plain[35] / 8);
        compare(found[63], plain[63] / 8);
    }

    void oddNumbersAreRefused()
    {
        QVERIFY_THROWS_EXCEPTION(Error, frequencies({{"rope_type", "linear"}}, 10000, 8));
        QVERIFY_THROWS_EXCEPTION(Error, frequencies(nullptr, -1, 8));
        QVERIFY_THROWS_EXCEPTION(Error, frequencies(nullptr, 10000, 7));
    }

    void llamasAreRecognised()
    {
        QVERIFY(llamaArchitecture().matches({{"architectures", {"LlamaForCausalLM"}}}));
        QVERIFY(llamaArchitecture().matches({{"model_type", "llama"}}));
        QVERIFY(!llamaArchitecture().matches(
            {{"architectures", {"GPT2LMHeadModel"}}, {"model_type", "llama"}}));
        QVERIFY(!llamaArchitecture().matches(nlohmann::json::object()));
    }
};

QTEST_APPLESS_MAIN(TestLlamaNumbers)
#include "tst_llama_numbers.moc"
