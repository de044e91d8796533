// SPDX-License-Identifier: GPL-3.0-or-later
// NaN and infinity in weights, in what is given, and in what a network computes: named, whichever
// network it is, and never handed on.
#include "core/base/finite.h"
#include "core/network/engine/engine.h"
#include "core/network/model/finite_weights.h"
#include "core/storage/activation_scheme.h"
#include "tests/core/network/tiny_models.h"
#include "tests/patch_tensor.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>
#include <limits>
#include <mutex>

using namespace bitloom;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A tiny network whose files can be changed before it is opened.
struct Written {
    explicit Written(const TinyModel& tiny)
    {
        path = folder.path().toStdString();
        tiny.write(path);
    }
    explicit Written(const Architecture& architecture)
        : Written(tinyModel(architecture))
    {
    }
    void patch(const std::string& tensor, size_t index, float value) const
    {
        patchTensor(path + "/model.safetensors", tensor, index, value);
    }
    std::shared_ptr<const Model> open() const { return openModel(path); }

    QTemporaryDir folder;
    std::string path;
};

QString ranOn(const std::shared_ptr<const Model>& model, int64_t residentBytes)
{
    return refusal([&] {
        TorchOptions options;
        options.residentWeightBytes = residentBytes;
        const auto engine = makeTorchEngine(model, OriginalWeights(model), options);
        const Matrix output = engine->encode(someText(model->graph));
        if (firstNotFinite(output.values) >= 0)
            throw Error("test", "NaN was handed on");
    });
}

/// Two weights that are multiplied with each other, and the value that overflows.
struct Overflow {
    const char* architecture;
    const char* first;
    const char* second;
    const char* value;
    const char* slot;
};
constexpr Overflow kOverflows[] = {
    {"llama", "model.layers.1.input_layernorm.weight", "model.layers.1.self_attn.q_proj.weight",
     "blocks.1.attention.query", "model.layers.1.self_attn.q_proj"},
    {"gpt2", "h.1.ln_2.weight", "h.1.mlp.c_fc.weight", "blocks.1.feed_forward.up", "h.1.mlp.c_fc"},
    {"bert", "bert.embeddings.LayerNorm.weight", "bert.encoder.layer.0.attention.self.query.weight",
     "blocks.0.attention.query", "encoder.layer.0.attention.self.query"},
};

} // namespace

class TestFiniteValues : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFirstNumberIsFoundAnywhere();
    void badWeightsAreNamedWhereverTheyLie_data();
    void badWeightsAreNamedWhereverTheyLie();
    void infiniteScalesOfBlocksAreFound();
    void whatNobodyReadsIsNoTrouble();
    void lookingForThemHearsAStop();
    void lookingForThemTellsHowFarItIs();
    void enginesHandOnNoNan_data();
    void enginesHandOnNoNan();
    void overflowIsNamed_data();
    void overflowIsNamed();
    void aRunThatOverflowsKeepsNothing();
    void givenNumbersMustBeFinite();
};

void TestFiniteValues::theFirstNumberIsFoundAnywhere()
{
    for (const size_t size : {size_t{1}, size_t{7}, size_t{4096}, size_t{10001}})
        for (const float bad : {kNan, kInfinity, -kInfinity})
            for (const size_t at : {size_t{0}, size / 2, size - 1}) {
                std::vector<float> numbers(size, std::numeric_limits<float>::max());
                QCOMPARE(firstNotFinite(numbers), int64_t{-1});
                numbers[at] = bad;
                numbers.back() = bad;
                QCOMPARE(firstNotFinite(numbers), static_cast<int64_t>(at));
            }
}

void TestFiniteValues::badWeightsAreNamedWhereverTheyLie_data()
{
    QTest::addColumn<QString>("id");
    for (const Architecture& architecture : architectures())
        QTest::newRow(std::string(architecture.id).c_str())
            << QString::fromUtf8(architecture.id.data());
}

void TestFiniteValues::badWeightsAreNamedWhereverTheyLie()
{
    QFETCH(QString, id);
    const Architecture& architecture = *findArchitecture(id.toStdString());
    const TinyModel tiny = tinyModel(architecture);
    const Written written(tiny);
    Progress progress;
    QVERIFY(!firstBadWeight(*written.open(), progress));
    for (const auto& [name, shape] : tiny.shapes) {
        const auto last = static_cast<size_t>(elementCount(shape) - 1);
        const float before =
            reinterpret_cast<const float*>(TinyModel::weights(name, shape).bytes.data())[last];
        written.patch(name, last, name.size() % 2 == 0 ? kNan : -kInfinity);
        const auto model = written.open();
        const bool isRead = std::ranges::any_of(model->graph.slots, [&](const Slot& slot) {
            return slot.tensor == name && slot.role != Role::Unused;
        });
        const auto bad = firstBadWeight(*model, progress);
        QCOMPARE(bad.has_value(), isRead);
        if (bad)
            QCOMPARE(bad->text(), "tensor " + name + ", row " +
                                      std::to_string(shape.size() == 1 ? 0 : shape.front() - 1) +
                                      ", column " + std::to_string(shape.back() - 1) +
                                      (name.size() % 2 == 0 ? " is nan" : " is -inf"));
        written.patch(name, last, before);
    }
}

/// As a file of another program may have them.
void TestFiniteValues::infiniteScalesOfBlocksAreFound()
{
    struct Bytes : MappedFile {
        void check() const override {}
    };
    const Scheme& scheme = schemeNamed("q8_0");
    std::vector<std::byte> bytes(static_cast<size_t>(3 * scheme.rowBytes(64)));
    const uint16_t infinite = 0x7C00;
    std::memcpy(bytes.data() + 5 * 34, &infinite, sizeof infinite); // second block of the last row
    std::fill_n(bytes.begin() + 5 * 34 + 2, 32, std::byte{1});
    StoredTensor tensor;
    tensor.name = "blk.0.ffn_up.weight";
    tensor.shape = {3, 64};
    tensor.scheme = &scheme;
    tensor.file = std::make_shared<Bytes>();
    tensor.bytes = bytes;
    Progress progress;
    const auto bad = firstBadWeight(tensor, progress);
    QVERIFY(bad);
    QCOMPARE(bad->text(), "tensor blk.0.ffn_up.weight, row 2, column 32 is inf");
}

void TestFiniteValues::whatNobodyReadsIsNoTrouble()
{
    Written written(*findArchitecture("llama"));
    const auto model = written.open();
    auto unread = std::make_shared<Model>();
    unread->checkpoint = model->checkpoint;
    unread->graph = model->graph;
    for (Slot& slot : unread->graph.slots)
        slot.role = Role::Unused;
    Progress progress;
    QVERIFY(!firstBadWeight(*unread, progress));
}

void TestFiniteValues::lookingForThemTellsHowFarItIs()
{
    struct Fractions : Progress {
        void report(double fraction, std::string_view) override
        {
            const std::scoped_lock lock(mutex);
            ++count;
            least = std::min(least, fraction);
            most = std::max(most, fraction);
        }
        std::mutex mutex;
        int count = 0;
        double least = 1;
        double most = 0;
    };
    const Written written(*findArchitecture("llama"));
    Fractions fractions;
    scanWeights(*written.open(), fractions);
    QVERIFY(fractions.count > 10);
    QVERIFY(fractions.least < 0.5);
    QVERIFY(qFuzzyCompare(fractions.most, 1));
}

void TestFiniteValues::lookingForThemHearsAStop()
{
    struct Stopped : Progress {
        bool stopRequested() const override { return true; }
    } stopped;
    const Written written(*findArchitecture("llama"));
    written.patch("model.norm.weight", 0, kNan);
    QVERIFY(!firstBadWeight(*written.open(), stopped));
}

void TestFiniteValues::enginesHandOnNoNan_data()
{
    badWeightsAreNamedWhereverTheyLie_data();
}

void TestFiniteValues::enginesHandOnNoNan()
{
    QFETCH(QString, id);
    const Architecture& architecture = *findArchitecture(id.toStdString());
    const TinyModel tiny = tinyModel(architecture);
    const Written written(tiny);
    int refused = 0;
    for (const auto& [name, shape] : tiny.shapes) {
        const float before =
            reinterpret_cast<const float*>(TinyModel::weights(name, shape).bytes.data())[0];
        written.patch(name, 0, kNan);
        const QString sentence = ranOn(written.open(), refused % 2 == 0 ? 1LL << 32 : 0);
        QVERIFY2(sentence.isEmpty() || sentence.contains("[network] "), qPrintable(sentence));
        refused += sentence.isEmpty() ? 0 : 1;
        written.patch(name, 0, before);
    }
    QVERIFY2(refused > static_cast<int>(tiny.shapes.size()) / 2,
             qPrintable(QString::number(refused)));
}

void TestFiniteValues::overflowIsNamed_data()
{
    QTest::addColumn<int>("row");
    for (int row = 0; row < static_cast<int>(std::size(kOverflows)); ++row)
        QTest::newRow(kOverflows[row].architecture) << row;
}

void TestFiniteValues::overflowIsNamed()
{
    QFETCH(int, row);
    const Overflow& wanted = kOverflows[row];
    const Architecture& architecture = *findArchitecture(wanted.architecture);
    const Written written(architecture);
    written.patch(wanted.first, 0, 1e30F);
    written.patch(wanted.second, 0, 1e30F);
    const auto model = written.open();
    Progress progress;
    QVERIFY(!firstBadWeight(*model, progress));
    for (const int64_t resident : {int64_t{1} << 32, int64_t{0}}) {
        const QString sentence = ranOn(model, resident);
        QVERIFY2(sentence.startsWith(QString("[network] the first value that is not finite is ") +
                                     wanted.value + ": row "),
                 qPrintable(sentence));
        QVERIFY2(sentence.contains("inf, computed by linear from ") &&
                     sentence.contains(wanted.slot) && sentence.contains("(f32)"),
                 qPrintable(sentence));
    }
}

void TestFiniteValues::aRunThatOverflowsKeepsNothing()
{
    const Written written(*findArchitecture("llama"));
    written.patch("model.layers.0.self_attn.q_proj.weight", 0, 1e30F);
    written.patch("model.layers.0.input_layernorm.weight", 0, 1e30F);
    const auto model = written.open();
    const auto engine = makeTorchEngine(model, OriginalWeights(model));
    const auto sequence = engine->newSequence(10);
    const int32_t token = 9;
    for (int i = 0; i < 2; ++i) {
        const QString sentence = refusal([&] { engine->run(*sequence, {&token, 1}, Rows::Last); });
        QVERIFY2(sentence.contains("blocks.0.attention.query: row 0, column 0 is "),
                 qPrintable(sentence));
        QCOMPARE(sequence->length(), int64_t{0});
    }
}

void TestFiniteValues::givenNumbersMustBeFinite()
{
    const Written written(*findArchitecture("llama"));
    const auto model = written.open();
    const auto engine = makeTorchEngine(model, OriginalWeights(model));
    TextBatch batch;
    batch.lengths = {3};
    batch.given = model->graph.findValue("blocks.0.residual");
    QVERIFY(batch.given >= 0);
    batch.rows = Matrix(3, 24);
    batch.rows.row(2)[5] = kInfinity;
    QCOMPARE(refusal([&] { engine->encode(batch); }),
             QString("[network] blocks.0.residual is given with a number that is not finite: row "
                     "2, column 5 is inf"));
}

QTEST_APPLESS_MAIN(TestFiniteValues)
#include "tst_finite_values.moc"
