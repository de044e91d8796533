// SPDX-License-Identifier: GPL-3.0-or-later
// Second moments of inputs that come through layers already quantized, and encodings that are kept.
#include "core/analyze/passes/input_moments.h"
#include "core/network/engine/engine.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/analyze/moments_by_hand.h"
#include "tests/core/network/tiny_models.h"
#include "tests/stop_after.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

constexpr size_t kTokens = 24;

/// max |difference| / max |value| of the moments of a slot's input.
double difference(const InputMoments& a, const InputMoments& b, int slot)
{
    const auto x = a.of(slot)->fitted.values->values();
    const auto y = b.of(slot)->fitted.values->values();
    double most = 0;
    double largest = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        most = std::max(most, static_cast<double>(std::abs(x[i] - y[i])));
        largest = std::max(largest, static_cast<double>(std::abs(x[i])));
    }
    return most / largest;
}

/// The same against a value as an engine computes it, over the windows that are not held out.
double difference(const InputMoments& found, int slot, const SlotInput& input, Engine& engine,
                  const std::vector<Window>& windows)
{
    ByHand exact(input);
    for (size_t w = 0; w < windows.size(); ++w) {
        if (w % 4 == 3)
            continue;
        TextBatch text;
        text.add(std::span(windows[w].tokens).first(kTokens - 1));
        engine.encode(text, [&](int value, MatrixView rows) {
            if (value == input.value)
                exact.add(rows);
        });
    }
    return exact.difference(found.of(slot)->fitted);
}

} // namespace

class TestQuantizedInputs : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;
    std::vector<Window> m_windows = randomWindows(8, kTokens);
    Recipe m_recipe;
    Progress m_progress;

    std::shared_ptr<const InputMoments> measured(const Recipe* through,
                                                 const MeasurementStore& store = {})
    {
        return measureInputMoments(m_model, m_windows, m_progress, {}, store, through);
    }
    int slot(const std::string& name) const
    {
        const int found = m_model->graph.findSlot(name);
        return found >= 0 ? found : throw std::out_of_range(name);
    }
    std::vector<int> multiplied() const
    {
        std::vector<int> result;
        for (int i = 0; i < static_cast<int>(m_model->graph.slots.size()); ++i)
            if (m_model->graph.slot(i).quantizable && slotInput(m_model->graph, i))
                result.push_back(i);
        return result;
    }

private Q_SLOTS:
    void initTestCase()
    {
        const std::string folder = m_folder.filePath("llama").toStdString();
        tinyModel(*findArchitecture("llama")).write(folder);
        m_model = openModel(folder);
        m_recipe.target = "safetensors";
        for (const int i : multiplied())
            m_recipe.slots[m_model->graph.slot(i).name] = {{"int3-g32-asym", "gptq", {}, {}}, {}};
    }

    void throughNothingChangedTheyAreTheSame()
    {
        const Recipe nothing;
        const auto plain = measured(nullptr);
        const auto through = measured(&nothing);
        for (const int i : multiplied())
            QCOMPARE(difference(*plain, *through, i), 0.0);
    }

    /// What a block begins with is what the network of the blocks before it, as encoded by these
    /// very moments, gives; the original network gives something else.
    void aBlockBeginsWithWhatQuantizedBlocksLeave()
    {
        const auto plain = measured(nullptr);
        const auto through = measured(&m_recipe);
        const auto engine = makeTorchEngine(
            m_model, Variant(TransformedModel(m_model, through), m_recipe), {.threads = 1});
        const int first = slot("model.layers.0.self_attn.q_proj");
        const int second = slot("model.layers.1.self_attn.q_proj");
        QCOMPARE(difference(*plain, *through, first), 0.0);
        QVERIFY(difference(*plain, *through, second) > 1e-3);
        const SlotInput input = slotInput(m_model->graph, second).value();
        QVERIFY(difference(*through, second, input, *engine, m_windows) < 1e-5);
        QVERIFY(difference(*plain, second, input, *engine, m_windows) > 1e-3);
    }

    void theyBelongToTheirRecipe()
    {
        const MeasurementStore store(m_folder.filePath("recipes").toStdString());
        Recipe other = m_recipe;
        for (auto& [name, choice] : other.slots)
            choice.scheme = "int4-g32-asym";
        const int second = slot("model.layers.1.self_attn.q_proj");
        const auto three = measured(&m_recipe, store);
        const auto four = measured(&other, store);
        QVERIFY(difference(*three, *four, second) > 1e-4);
        other.slots.begin()->second.fit.locked = true;
        QCOMPARE(difference(*four, *measured(&other, store), second), 0.0);
    }

    void stoppedTheyGoOn()
    {
        const MeasurementStore store(m_folder.filePath("stopped").toStdString());
        StopAfter stop(0.6);
        QVERIFY(!measureInputMoments(m_model, m_windows, stop, {}, store, &m_recipe));
        double least = 1;
        struct First : Progress {
            double& least;
            explicit First(double& where)
                : least(where)
            {
            }
            void report(double fraction, std::string_view) override
            {
                least = std::min(least, fraction);
            }
        } first(least);
        const auto resumed = measureInputMoments(m_model, m_windows, first, {}, store, &m_recipe);
        QVERIFY2(least > 0.25, qPrintable(QString::number(least)));
        const auto whole = measured(&m_recipe);
        for (const int i : multiplied())
            QCOMPARE(difference(*whole, *resumed, i), 0.0);
    }

    /// GPTQ takes long for a large block: its layers are told one by one, and a stop waits for no
    /// more than one.
    void encodingIsToldAndStops()
    {
        struct AtALayer : Progress {
            std::vector<std::string> layers;
            void report(double, std::string_view what) override
            {
                if (what.starts_with("model.layers.0."))
                    layers.emplace_back(what);
            }
            bool stopRequested() const override { return layers.size() == 2; }
        } stop;
        QVERIFY(!measureInputMoments(m_model, m_windows, stop, {}, {}, &m_recipe));
        QCOMPARE(stop.layers.size(), size_t{2});
        QVERIFY(stop.layers[0] != stop.layers[1]);
    }

    /// Read back rather than made again, also by another program; other choices are made.
    void encodingsAreKept()
    {
        const QString folder = m_folder.filePath("encodings");
        const MeasurementStore store(folder.toStdString());
        const auto moments = measured(nullptr, store);
        const int place = slot("model.layers.1.mlp.up_proj");
        const SlotChoice choice{{"int4-g32-asym", "gptq", {}, {}}, {}};
        const PackedTensor made = TransformedModel(m_model, moments).encodeOnce(place, choice);
        QVERIFY(std::ranges::equal(made.bytes,
                                   TransformedModel(m_model, moments).encode(place, choice).bytes));
        QDir entry(folder + '/' + QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot)[0]);
        const QStringList files = entry.entryList({"slot-*"});
        QCOMPARE(files.size(), 1);
        const auto again = measured(nullptr, store);
        const PackedTensor kept = TransformedModel(m_model, again).encodeOnce(place, choice);
        QVERIFY(std::ranges::equal(kept.bytes, made.bytes));
        QCOMPARE(entry.entryList({"slot-*"}), files);
        SlotChoice clipped = choice;
        clipped.clipHigh = 0.001;
        QVERIFY(!std::ranges::equal(
            TransformedModel(m_model, again).encodeOnce(place, clipped).bytes, made.bytes));
        QFile file(entry.filePath(files[0])); // no longer as it was written
        QVERIFY(file.open(QFile::ReadWrite));
        file.seek(file.size() - 1);
        file.write("\x7f");
        file.close();
        QVERIFY(std::ranges::equal(TransformedModel(m_model, again).encodeOnce(place, choice).bytes,
                                   made.bytes));
    }
};

QTEST_APPLESS_MAIN(TestQuantizedInputs)
#include "tst_quantized_inputs.moc"
