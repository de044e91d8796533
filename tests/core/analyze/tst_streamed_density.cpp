// SPDX-License-Identifier: GPL-3.0-or-later
// Densities of networks of which only a block is held at a time.
#include "core/analyze/hessian/curvature.h"
#include "core/analyze/hessian/spectral_density.h"
#include "tests/anonymous_bytes.h"
#include "tests/core/network/tiny_models.h"

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <chrono>
#include <thread>

using namespace bitloom;

namespace {

/// A llama of 17 million weights, of which no block has more than one million.
TinyLlama manyBlocks()
{
    TinyLlama model;
    model.shapes.clear();
    model.configuration["hidden_size"] = 256;
    model.configuration["intermediate_size"] = 768;
    model.configuration["num_hidden_layers"] = 20;
    model.shapes["model.embed_tokens.weight"] = model.shapes["lm_head.weight"] = {2048, 256};
    model.shapes["model.norm.weight"] = {256};
    for (int block = 0; block < 20; ++block) {
        const std::string name = "model.layers." + std::to_string(block) + ".";
        for (const char* wide : {"self_attn.q_proj.weight", "self_attn.o_proj.weight"})
            model.shapes[name + wide] = {256, 256};
        for (const char* shared : {"self_attn.k_proj.weight", "self_attn.v_proj.weight"})
            model.shapes[name + shared] = {128, 256};
        for (const char* widening : {"mlp.gate_proj.weight", "mlp.up_proj.weight"})
            model.shapes[name + widening] = {768, 256};
        model.shapes[name + "mlp.down_proj.weight"] = {256, 768};
        for (const char* norm : {"input_layernorm.weight", "post_attention_layernorm.weight"})
            model.shapes[name + norm] = {256};
    }
    return model;
}

Window someTokens(size_t length)
{
    Window window;
    for (uint64_t i = 0; i < length; ++i)
        window.tokens.push_back(static_cast<int32_t>(randomBits(7, i) % 2048));
    window.firstScored = 1;
    return window;
}

/// The most anonymous memory while it lives, looked at every millisecond.
class PeakMemory {
public:
    PeakMemory()
        : m_looking([this] {
            while (!m_ends) {
                m_peak = std::max<int64_t>(m_peak, anonymousBytes());
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        })
    {
    }
    PeakMemory(const PeakMemory&) = delete;
    PeakMemory& operator=(const PeakMemory&) = delete;
    ~PeakMemory() { end(); }
    int64_t end()
    {
        m_ends = true;
        if (m_looking.joinable())
            m_looking.join();
        return m_peak;
    }

private:
    std::atomic<bool> m_ends = false;
    std::atomic<int64_t> m_peak = 0;
    std::thread m_looking;
};

} // namespace

class TestStreamedDensity : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_progress;

    std::shared_ptr<const Model> written(const TinyModel& model, const QString& name) const
    {
        const std::string folder = m_folder.filePath(name).toStdString();
        model.write(folder);
        return openModel(folder);
    }

private Q_SLOTS:
    void isTheResidentOnes()
    {
        const auto model = written(TinyLlama(), "tiny");
        CurvatureSettings settings;
        settings.inDouble = true;
        const std::vector<Window> windows{someTokens(9), someTokens(7)};
        const NetworkCurvature held(model, windows, settings);
        settings.residentBytes = 0;
        const NetworkCurvature streamed(model, windows, settings);
        DensitySettings steps;
        steps.steps = 8;
        const auto expected = spectralDensity(held.hessian(), steps, m_progress).starts.at(0);
        for (const int64_t basisBytes : {steps.basisBytes, int64_t{0}}) {
            steps.basisBytes = basisBytes;
            const auto found = spectralDensity(streamed.hessian(), steps, m_progress).starts.at(0);
            QCOMPARE(found.values.size(), size_t{8});
            for (size_t i = 0; i < 8; ++i) {
                QVERIFY(std::abs(found.values[i] - expected.values[i]) <
                        1e-9 * expected.values.back());
                QVERIFY(std::abs(found.weights[i] - expected.weights[i]) < 1e-9);
            }
        }
    }

    /// Not even all directions in single precision, beside the vectors in their files.
    void holdsABlock()
    {
        const auto model = written(manyBlocks(), "blocks");
        CurvatureSettings settings;
        settings.residentBytes = 0;
        const NetworkCurvature curvature(model, {someTokens(9)}, settings);
        const SymmetricOperator hessian = curvature.hessian();
        const auto allInSingle = static_cast<int64_t>(hessian.dimension() * sizeof(float));
        QVERIFY(2 * allInSingle > int64_t{64} << 20); // so that vectors lie in files
        DensitySettings steps;
        steps.steps = 3;
        steps.basisBytes = 0;
        const int64_t before = anonymousBytes();
        PeakMemory peak;
        QVERIFY(spectralDensity(hessian, steps, m_progress).complete);
        const int64_t more = peak.end() - before;
#ifdef BITLOOM_SANITIZED
        QSKIP("sanitizers hold memory that was freed, so that a bound of it says nothing");
#endif
        QVERIFY2(more < allInSingle, qPrintable(QString("%1 MiB").arg(more >> 20)));
    }
};

QTEST_APPLESS_MAIN(TestStreamedDensity)
#include "tst_streamed_density.moc"
