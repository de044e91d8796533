// SPDX-License-Identifier: GPL-3.0-or-later
// Slots that are scattered parts of stored tensors: query, key and value of each head in turn, rows
// of gate and up in turn, experts of one tensor. They are read right, and an export puts them back.
#include "core/quantize/methods/method.h"
#include "core/quantize/variant/place_rows.h"
#include "core/quantize/variant/safetensors_tensors.h"
#include "tests/core/files/file_builders.h"
#include "tests/core/random_weights.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cstring>

using namespace bitloom;

namespace {

constexpr int64_t kHeads = 3;
constexpr int64_t kHead = 4; ///< rows of a head
constexpr int64_t kWidth = 8;
constexpr int64_t kRows = 3 * kHeads * kHead;
constexpr int64_t kExperts = 5;
constexpr int64_t kInner = 6;

View interleaved(int part)
{
    return {.first = part * kHead, .count = kHeads * kHead, .block = kHead, .stride = 3 * kHead};
}

/// The number that stands at a place of a tensor.
float numberAt(int64_t index)
{
    return static_cast<float>(index) * 0.5F + 1;
}

struct File {
    std::string header;
    std::string data;

    void add(const std::string& name, const Shape& shape)
    {
        const size_t begin = data.size();
        for (int64_t i = 0; i < elementCount(shape); ++i) {
            const float number = numberAt(i);
            data.append(reinterpret_cast<const char*>(&number), sizeof number);
        }
        std::string dimensions;
        for (const int64_t size : shape)
            dimensions += (dimensions.empty() ? "" : ",") + std::to_string(size);
        header += (header.empty() ? "{" : ",") + ("\"" + name) +
                  "\":{\"dtype\":\"F32\",\"shape\":[" + dimensions + "],\"data_offsets\":[" +
                  std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
    }
};

int addSlot(Model& model, const std::string& name, const std::string& tensor, const View& view)
{
    const Shape shape = shownShape(tensor, model.checkpoint.find(tensor)->shape, view);
    Slot slot;
    slot.name = name;
    slot.tensor = tensor;
    slot.columns = shape.back();
    slot.rows = elementCount(shape) / slot.columns;
    slot.quantizable = shape.size() > 1;
    slot.view = view;
    model.graph.slots.push_back(slot);
    return static_cast<int>(model.graph.slots.size()) - 1;
}

} // namespace

class TestViews : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void blocksOfRowsAreRead();
    void listsOfRowsAreRead();
    void numbersOfVectorsAreRead();
    void expertsAreRead();
    void turnedExpertsAreRead();
    void someRowsAreThoseOfAll();
    void exportsComeBack_data();
    void exportsComeBack();
    void unchangedTensorsAreCopied();
    void entriesOfFourDimensions();
    void viewsThatCannotBeAreRefused_data();
    void viewsThatCannotBeAreRefused();
    void holesAndOverlapsAreRefused();
    void gridsKeepRowsAndNoNumbers();

private:
    StoredTensor seen(const std::string& slot) const
    {
        return m_model->tensorOf(m_model->graph.slot(m_model->graph.findSlot(slot)));
    }

    QTemporaryDir m_folder;
    std::shared_ptr<Model> m_model;
};

void TestViews::initTestCase()
{
    File file;
    file.add("qkv.weight", {kRows, kWidth});
    file.add("qkv.bias", {kRows});
    file.add("listed.weight", {7, kWidth});
    file.add("experts.gate_up", {kExperts, kWidth, 2 * kInner}); // inputs × outputs, in turn
    file.add("experts.down", {kExperts, kInner, kWidth});
    const std::string path = m_folder.filePath("m.safetensors").toStdString();
    writeBytes(path, safetensorsFile(file.header + "}", file.data));
    m_model = std::make_shared<Model>();
    m_model->checkpoint = openCheckpoint(path);
    Model& model = *m_model;
    int part = 0;
    for (const char* name : {"q", "k", "v"}) {
        addSlot(model, std::string("qkv.") + name, "qkv.weight", interleaved(part));
        addSlot(model, std::string("qkv.bias.") + name, "qkv.bias", interleaved(part));
        ++part;
    }
    addSlot(model, "listed.a", "listed.weight", {.rows = {6, 0, 3}});
    addSlot(model, "listed.b", "listed.weight", {.rows = {1, 2, 4, 5}});
    for (int64_t expert = 0; expert < kExperts; ++expert) {
        const std::string name = "experts." + std::to_string(expert);
        const View gate = {
            .transposed = true, .count = kInner, .block = 1, .stride = 2, .entry = expert};
        View up = gate;
        up.first = 1;
        addSlot(model, name + ".gate", "experts.gate_up", gate);
        addSlot(model, name + ".up", "experts.gate_up", up);
        addSlot(model, name + ".down", "experts.down", {.entry = expert});
    }
}

void TestViews::blocksOfRowsAreRead()
{
    for (int part = 0; part < 3; ++part) {
        const Matrix rows = seen(std::string("qkv.") + "qkv"[part]).read();
        QCOMPARE(rows.rows, kHeads * kHead);
        for (int64_t head = 0; head < kHeads; ++head)
            for (int64_t row = 0; row < kHead; ++row)
                for (int64_t column = 0; column < kWidth; ++column)
                    QCOMPARE(rows.row(head * kHead + row)[static_cast<size_t>(column)],
                             numberAt(((head * 3 + part) * kHead + row) * kWidth + column));
    }
}

void TestViews::listsOfRowsAreRead()
{
    const Matrix rows = seen("listed.a").read();
    for (const auto& [row, stored] : {std::pair<int64_t, int64_t>{0, 6}, {1, 0}, {2, 3}})
        for (int64_t column = 0; column < kWidth; ++column)
            QCOMPARE(rows.row(row)[static_cast<size_t>(column)],
                     numberAt(stored * kWidth + column));
}

void TestViews::numbersOfVectorsAreRead()
{
    const Matrix bias = seen("qkv.bias.k").read();
    QCOMPARE(bias.rows, 1);
    QCOMPARE(bias.columns, kHeads * kHead);
    for (int64_t i = 0; i < bias.columns; ++i)
        QCOMPARE(bias.values[static_cast<size_t>(i)],
                 numberAt((i / kHead * 3 + 1) * kHead + i % kHead));
    // A part of what is listed.
    const Matrix part = seen("qkv.bias.k").part(3, 2).read();
    QVERIFY(part.values == std::vector<float>(bias.values.begin() + 3, bias.values.begin() + 5));
}

void TestViews::expertsAreRead()
{
    for (int64_t expert = 0; expert < kExperts; ++expert) {
        const StoredTensor tensor = seen("experts." + std::to_string(expert) + ".down");
        QCOMPARE(tensor.shape, (Shape{kInner, kWidth}));
        const Matrix rows = tensor.read();
        for (int64_t i = 0; i < rows.size(); ++i)
            QCOMPARE(rows.values[static_cast<size_t>(i)], numberAt(expert * kInner * kWidth + i));
    }
    const StoredTensor last = seen("experts.4.down"); // still on disk
    QCOMPARE(last.packed().bytes.data(),
             m_model->checkpoint.find("experts.down")->bytes.data() + 4 * (4 * kInner * kWidth));
}

void TestViews::turnedExpertsAreRead()
{
    for (int64_t expert = 0; expert < kExperts; ++expert)
        for (const int odd : {0, 1}) {
            const Matrix rows =
                seen("experts." + std::to_string(expert) + (odd == 1 ? ".up" : ".gate")).read();
            QCOMPARE(rows.rows, kInner);
            QCOMPARE(rows.columns, kWidth);
            for (int64_t output = 0; output < kInner; ++output)
                for (int64_t input = 0; input < kWidth; ++input)
                    QCOMPARE(rows.row(output)[static_cast<size_t>(input)],
                             numberAt((expert * kWidth + input) * 2 * kInner + 2 * output + odd));
        }
}

void TestViews::someRowsAreThoseOfAll()
{
    for (const Slot& slot : m_model->graph.slots) {
        const StoredTensor tensor = m_model->tensorOf(slot);
        const Matrix all = tensor.read();
        QCOMPARE(all.rows, slot.rows);
        QVERIFY(tensor.packed().decode().values == all.values);
        const int64_t first = slot.rows / 2;
        const Matrix some = tensor.readRows(first, slot.rows - first);
        QVERIFY(std::ranges::equal(some.row(0), all.row(first)));
        const PackedTensor packed = tensor.packedRows(first, slot.rows - first);
        QVERIFY(packed.decode().values == some.values);
    }
}

void TestViews::exportsComeBack_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("every number") << "f32"; // written anew, and the same
    QTest::newRow("quantized") << "int4-g32-sym";
}

void TestViews::exportsComeBack()
{
    QFETCH(const QString, scheme);
    Recipe recipe;
    for (const Slot& slot : m_model->graph.slots)
        if (slot.quantizable)
            recipe.slots[slot.name].scheme = scheme.toStdString();
    recipe.slots["qkv.bias.q"].clipHigh = 1e6; // changes nothing, and is written anew
    const Variant variant(TransformedModel(*m_model), recipe);
    const SafetensorsPlan plan = safetensorsPlan(variant);
    for (const TensorToWrite& tensor : plan.tensors)
        QVERIFY2(!tensor.copied, tensor.name.c_str());
    const std::string path = m_folder.filePath("out.safetensors").toStdString();
    Progress progress;
    QVERIFY(writeSafetensors(path, plan.tensors, {}, progress));
    const Checkpoint written = openCheckpoint(path);
    for (const StoredTensor& tensor : m_model->checkpoint.tensors) {
        const StoredTensor* back = written.find(tensor.name);
        QVERIFY(back && back->shape == tensor.shape);
        QCOMPARE(std::ranges::equal(back->bytes, tensor.bytes),
                 scheme == "f32" || tensor.name == "qkv.bias");
    }
    for (const ExpectedTensor& expected : plan.expected) {
        const Matrix back = viewed(*written.find(expected.name), expected.view).read();
        QVERIFY(back.values == variant.slot(expected.slot).decode().values);
    }
}

void TestViews::unchangedTensorsAreCopied()
{
    const Variant variant(TransformedModel(*m_model), {});
    for (const TensorToWrite& tensor : safetensorsPlan(variant).tensors)
        QVERIFY(tensor.copied && std::ranges::equal(tensor.copied->bytes,
                                                    m_model->checkpoint.find(tensor.name)->bytes));
}

/// A stretch of the entries that are left once one is taken.
void TestViews::entriesOfFourDimensions()
{
    const Shape shape = {2, 3, 4, 5};
    std::vector<float> numbers(120);
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = numberAt(static_cast<int64_t>(i));
    const PlainScheme& f32 = *schemeNamed("f32").plain();
    std::vector<std::byte> bytes(480);
    const std::vector<View> views = {
        {.count = 1}, {.first = 0, .count = 1, .entry = 1}, {.first = 1, .count = 2, .entry = 1}};
    requireWholeCover("four", shape, views);
    for (const auto& [view, at] : {std::pair{views[0], 0}, {views[1], 60}, {views[2], 80}}) {
        const Shape part = shownShape("four", shape, view);
        Matrix rows(elementCount(part) / 5, 5);
        std::copy_n(numbers.begin() + at, rows.size(), rows.values.begin());
        placeRows(rows, 0, view, shape, f32, bytes);
    }
    QVERIFY(std::memcmp(bytes.data(), numbers.data(), bytes.size()) == 0);
}

void TestViews::viewsThatCannotBeAreRefused_data()
{
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<View>("view");
    QTest::newRow("behind the end") << "qkv.weight" << View{.first = 30, .count = 7};
    QTest::newRow("no rows") << "qkv.weight" << View{.first = 30, .block = 2, .stride = 4};
    QTest::newRow("broken block") << "qkv.weight" << View{.count = 10, .block = 4, .stride = 12};
    QTest::newRow("blocks in each other")
        << "qkv.weight" << View{.count = 8, .block = 4, .stride = 3};
    QTest::newRow("last block behind the end")
        << "qkv.weight" << View{.first = 9, .count = 12, .block = 4, .stride = 12};
    QTest::newRow("row that is not there") << "listed.weight" << View{.rows = {0, 7}};
    QTest::newRow("negative row") << "listed.weight" << View{.rows = {0, -1}};
    QTest::newRow("listed and counted") << "listed.weight" << View{.count = 2, .rows = {0, 1}};
    QTest::newRow("expert that is not there") << "experts.down" << View{.entry = kExperts};
    QTest::newRow("entry of a matrix") << "listed.weight" << View{.entry = 0};
    QTest::newRow("turned experts") << "experts.down" << View{.transposed = true};
    QTest::newRow("rows of all experts") << "experts.down" << View{.rows = {1}};
    QTest::newRow("turned vector") << "qkv.bias" << View{.transposed = true};
}

void TestViews::viewsThatCannotBeAreRefused()
{
    QFETCH(const QString, tensor);
    QFETCH(const View, view);
    const StoredTensor& stored = *m_model->checkpoint.find(tensor.toStdString());
    const QString said = refusal([&] { viewed(stored, view); });
    QVERIFY2(said.contains("tensor " + tensor + " cannot be seen so"), qPrintable(said));
}

void TestViews::holesAndOverlapsAreRefused()
{
    const auto problem = [](const Shape& shape, const std::vector<View>& views) {
        return refusal([&] { requireWholeCover("t", shape, views); });
    };
    QVERIFY(problem({kRows, kWidth}, {interleaved(0), interleaved(1), interleaved(2)}).isEmpty());
    QVERIFY(problem({kRows, kWidth}, {interleaved(0), interleaved(2)}).contains("192 of its 288"));
    QVERIFY(problem({kRows}, {interleaved(0), interleaved(1), interleaved(1)}).contains("twice"));
    QVERIFY(problem({4, 4}, {{.count = 2}, {.transposed = true, .first = 2, .count = 2}})
                .contains("rows and columns"));
    QVERIFY(problem({2, 3, 4}, {{.entry = 0}}).contains("12 of its 24"));
    QVERIFY(problem({2, 3, 4}, {{.entry = 0}, {.first = 1, .count = 1}}).isEmpty());
    QVERIFY(problem({2, 3, 4}, {{.entry = 1}, {.first = 1, .count = 1}}).contains("twice"));
    QVERIFY(problem({2, 3, 4}, {{.transposed = true, .entry = 0}, {.transposed = true, .entry = 1}})
                .isEmpty());
    // Through the plan of a file.
    Model model;
    model.checkpoint = m_model->checkpoint;
    std::erase_if(model.checkpoint.tensors, [](const auto& t) { return t.name != "qkv.weight"; });
    addSlot(model, "q", "qkv.weight", interleaved(0));
    Recipe recipe;
    recipe.slots["q"].scheme = "int4-g32-sym";
    const QString said =
        refusal([&] { safetensorsPlan(Variant(TransformedModel(model), recipe)); });
    QVERIFY2(said.contains("tensor qkv.weight cannot be put together"), qPrintable(said));
}

/// Rows of a quantized tensor lie as they are, and are found; the numbers of a row do not.
void TestViews::gridsKeepRowsAndNoNumbers()
{
    const Scheme& q8 = schemeNamed("q8_0");
    StoredTensor stored;
    stored.name = "w";
    stored.shape = {6, 32};
    stored.scheme = &q8;
    const PackedTensor packed =
        encodeMatrix(q8, methodNamed("nearest"), gaussianMatrix(6, 32, 1).view());
    stored.file = m_model->checkpoint.tensors.front().file;
    stored.bytes = packed.bytes;
    const View odd = {.first = 1, .count = 3, .block = 1, .stride = 2};
    QVERIFY(canBeViewed(stored, odd));
    const Matrix rows = viewed(stored, odd).read();
    for (int64_t row = 0; row < 3; ++row)
        QVERIFY(std::ranges::equal(rows.row(row), packed.decode().row(2 * row + 1)));
    QVERIFY(std::ranges::equal(viewed(stored, odd).packed().row(2), packed.row(5)));
    QVERIFY(!canBeViewed(stored, {.transposed = true}));
    stored.shape = {192};
    QVERIFY(!canBeViewed(stored, odd));
    QVERIFY(!refusal([&] { viewed(stored, odd); }).isEmpty());
    stored.shape = {2, 3, 32};
    const View second = {.entry = 1};
    QVERIFY(
        std::ranges::equal(viewed(stored, second).read().values, packed.decodeRows(3, 3).values));
}

QTEST_GUILESS_MAIN(TestViews)
#include "tst_views.moc"
