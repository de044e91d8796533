// SPDX-License-Identifier: GPL-3.0-or-later
// Which engine runs, and that the work goes on when Vulkan cannot.
#include "app/engines/engines.h"

#include "core/base/error.h"
#include "tests/test_data.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace bitloom;

namespace {

double difference(const Matrix& a, const Matrix& b)
{
    double most = 0;
    double largest = 0;
    for (size_t i = 0; i < b.values.size(); ++i) {
        most = std::max(most, std::abs(double{a.values.at(i)} - b.values[i]));
        largest = std::max(largest, std::abs(double{b.values[i]}));
    }
    return most / largest;
}

/// The original weights; every value that can be is quantized.
class QuantizedActivations : public OriginalWeights {
public:
    explicit QuantizedActivations(std::shared_ptr<const Model> model)
        : OriginalWeights(model)
        , m_model(std::move(model))
    {
    }
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_model->graph.canBeQuantized(value) ? &activationSchemeNamed("int6-token-sym")
                                                    : nullptr;
    }

private:
    std::shared_ptr<const Model> m_model;
};

} // namespace

class TestEngines : public QObject {
    Q_OBJECT

    std::shared_ptr<const Model> m_model;
    std::string m_notice;

    std::unique_ptr<Engine> make(const EngineOptions& options, const std::string& wanted)
    {
        m_notice.clear();
        // The source is gone before the engine runs, as in the workbench.
        return makeEngines(options)(m_model, OriginalWeights(m_model), wanted, m_notice);
    }

private Q_SLOTS:
    void initTestCase() { m_model = openModel(sampleData()); }

    void torchIsTakenAtItsWord()
    {
        QCOMPARE(make({}, "torch")->id(), std::string("torch"));
        QVERIFY(m_notice.empty());
    }

    void unknownEngineIsAnError() { QVERIFY_EXCEPTION_THROWN(make({}, "abacus"), Error); }

    void missingDeviceFallsBackWithANotice()
    {
        EngineOptions options;
        options.device = "no such device";
        QCOMPARE(make(options, "vulkan")->id(), std::string("torch"));
        QVERIFY2(m_notice.find("Vulkan") != std::string::npos &&
                     m_notice.find("Torch") != std::string::npos,
                 m_notice.c_str());
    }

    void someEngineRunsByDefault()
    {
        const auto engine = make({}, "");
        const auto sequence = engine->newSequence(4);
        const std::vector<int32_t> tokens = {1, 300};
        QCOMPARE(engine->run(*sequence, tokens, Rows::All).rows, int64_t{2});
        QCOMPARE(make({}, "")->id(), engine->id());
    }

    /// Also the one that goes on when a device is lost.
    void everyEngineQuantizesValues()
    {
        const std::vector<int32_t> tokens = {1, 300, 400, 500};
        const auto logits = [&](const WeightSource& source, const EngineOptions& options,
                                const char* wanted) {
            const auto engine = makeEngines(options)(m_model, source, wanted, m_notice);
            const auto sequence = engine->newSequence(16);
            engine->run(*sequence, std::span(tokens).first(1), Rows::All);
            return engine->run(*sequence, std::span(tokens).subspan(1), Rows::All);
        };
        const Matrix plain = logits(OriginalWeights(m_model), {}, "torch");
        const QuantizedActivations quantized(m_model);
        const Matrix expected = logits(quantized, {}, "torch");
        const double moved = difference(expected, plain);
        QVERIFY(moved > 0.01);
        EngineOptions losing;
        losing.loseDeviceAfterRuns = 1;
        for (const Matrix& ours : {logits(quantized, {}, ""), logits(quantized, {}, "vulkan"),
                                   logits(quantized, losing, "vulkan")})
            QVERIFY(difference(ours, expected) < moved / 3);
    }

    void lostDeviceGoesOnInTorch()
    {
        if (offeredDevices().empty())
            QSKIP("no Vulkan engine: no device, or a build without it");
        std::string heard;
        EngineOptions options;
        options.loseDeviceAfterRuns = 2;
        options.onReplaced = [&](const std::string& sentence) { heard = sentence; };
        const auto engine = make(options, "vulkan");
        QCOMPARE(engine->id(), std::string("vulkan"));
        const auto torch = make({}, "torch");
        const auto ours = engine->newSequence(16);
        const auto other = engine->newSequence(16);
        const auto theirs = torch->newSequence(16);
        const std::vector<std::vector<int32_t>> stretches = {
            {1, 300, 400}, {500}, {600}, {700, 800}};
        int run = 0;
        for (const auto& stretch : stretches) {
            const Matrix a = engine->run(*ours, stretch, Rows::All);
            const Matrix b = torch->run(*theirs, stretch, Rows::All);
            QVERIFY2(difference(a, b) < 1e-3, qPrintable(QString::number(run)));
            QCOMPARE(ours->length(), theirs->length());
            ++run;
        }
        QCOMPARE(engine->id(), std::string("torch"));
        QVERIFY(heard.find("Torch goes on") != std::string::npos);
        QVERIFY(engine->description().find("lost") != std::string::npos);
        // A sequence begun before, used only now.
        const Matrix late = engine->run(*other, stretches[0], Rows::Last);
        theirs->clear();
        QVERIFY(difference(late, torch->run(*theirs, stretches[0], Rows::Last)) < 1e-6);
    }
};

QTEST_APPLESS_MAIN(TestEngines)
#include "tst_engines.moc"
