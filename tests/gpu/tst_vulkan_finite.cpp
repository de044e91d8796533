// SPDX-License-Identifier: GPL-3.0-or-later
// NaN never leaves the Vulkan engine: kernels may clamp or flush it, outputs are looked at.
#include "core/base/finite.h"
#include "tests/core/network/tiny_models.h"
#include "tests/gpu/device_test.h"
#include "tests/patch_tensor.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <limits>

using namespace bitloom;

namespace {

/// What the engine says of a model: a sentence, or nothing and then its outputs are finite.
QString ranOn(const std::string& path, bool tapped)
{
    const auto model = openModel(path);
    return refusal([&] {
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        const ValueTap tap = [](int, MatrixView) {};
        const Matrix output = engine->encode(someText(model->graph), tapped ? tap : ValueTap());
        if (firstNotFinite(output.values) >= 0)
            throw Error("test", "NaN was handed on");
    });
}

} // namespace

class VulkanFiniteTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void badWeightsAreNamed_data();
    void badWeightsAreNamed();
    void overflowIsNamed();
    void theLayersAreUsedWell();
};

void VulkanFiniteTest::badWeightsAreNamed_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("tensor");
    QTest::newRow("llama") << "llama"
                           << "model.norm.weight";
    QTest::newRow("gpt2") << "gpt2"
                          << "h.1.ln_1.bias";
    QTest::newRow("bert") << "bert"
                          << "bert.encoder.layer.1.output.LayerNorm.weight";
    QTest::newRow("lstm_lm") << "lstm_lm"
                             << "decoder.bias";
}

void VulkanFiniteTest::badWeightsAreNamed()
{
    BITLOOM_REQUIRE_VULKAN();
    QFETCH(QString, id);
    QFETCH(QString, tensor);
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    tinyModel(*findArchitecture(id.toStdString())).write(path);
    patchTensor(path + "/model.safetensors", tensor.toStdString(), 3,
                std::numeric_limits<float>::quiet_NaN());
    for (const bool tapped : {false, true})
        QCOMPARE(ranOn(path, tapped), "[network] tensor " + tensor + ", row 0, column 3 is nan");
}

void VulkanFiniteTest::overflowIsNamed()
{
    BITLOOM_REQUIRE_VULKAN();
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    tinyModel(*findArchitecture("llama")).write(path);
    for (const char* part : {"input_layernorm", "self_attn.q_proj"})
        patchTensor(path + "/model.safetensors", std::string("model.layers.1.") + part + ".weight",
                    0, 1e30F);
    for (const bool tapped : {false, true}) {
        const QString sentence = ranOn(path, tapped);
        QVERIFY2(sentence.startsWith("[network] the first value that is not finite is "
                                     "blocks.1.attention.query: row "),
                 qPrintable(sentence));
        QVERIFY2(sentence.endsWith("computed by linear from model.layers.1.self_attn.q_proj (f32)"),
                 qPrintable(sentence));
    }
}

void VulkanFiniteTest::theLayersAreUsedWell()
{
    BITLOOM_REQUIRE_VALID_USE();
}

QTEST_GUILESS_MAIN(VulkanFiniteTest)
#include "tst_vulkan_finite.moc"
