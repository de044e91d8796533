// SPDX-License-Identifier: GPL-3.0-or-later
// LSTM language models: slots that are gates, numbers computed by hand, what is refused.
#include "core/network/engine/engine.h"
#include "tests/core/network/quantized_activations.h"
#include "tests/core/network/tiny_lstm.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>
#include <functional>

using namespace bitloom;

namespace {

using Change = std::function<void(TinyLstm&)>;
using Row = std::vector<double>;

Matrix tensor(const TinyLstm& tiny, const std::string& name)
{
    return TinyLstm::weights(name, tiny.shapes.at(name)).decode();
}

/// W x.
Row product(const Matrix& weights, const Row& x)
{
    Row result;
    for (int64_t row = 0; row < weights.rows; ++row) {
        double sum = 0;
        for (size_t i = 0; i < x.size(); ++i)
            sum += static_cast<double>(weights.row(row)[i]) * x[i];
        result.push_back(sum);
    }
    return result;
}

void addTensor(Row& row, const TinyLstm& tiny, const std::string& name)
{
    if (!tiny.shapes.contains(name))
        return;
    const Matrix bias = tensor(tiny, name);
    for (size_t i = 0; i < row.size(); ++i)
        row[i] += static_cast<double>(bias.values[i]);
}

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

/// What is done with a hidden state before anything reads it.
using HiddenRule = std::function<void(int layer, Row& hidden)>;

/// A layer over a text, as torch.nn.LSTM's documentation states it.
std::vector<Row> layerByHand(const TinyLstm& tiny, int layer, const std::vector<Row>& text,
                             const HiddenRule& rule)
{
    const std::string end = "_l" + std::to_string(layer);
    const Matrix inputs = tensor(tiny, "lstm.weight_ih" + end);
    const Matrix hiddens = tensor(tiny, "lstm.weight_hh" + end);
    const auto width = static_cast<size_t>(hiddens.columns);
    Row hidden(width);
    Row cell(width);
    std::vector<Row> result;
    for (const Row& x : text) {
        Row sums = product(inputs, x);
        const Row more = product(hiddens, hidden);
        std::transform(sums.begin(), sums.end(), more.begin(), sums.begin(), std::plus<>());
        addTensor(sums, tiny, "lstm.bias_ih" + end);
        addTensor(sums, tiny, "lstm.bias_hh" + end);
        for (size_t i = 0; i < width; ++i) {
            cell[i] = sigmoid(sums[width + i]) * cell[i] +
                      sigmoid(sums[i]) * std::tanh(sums[2 * width + i]);
            hidden[i] = sigmoid(sums[3 * width + i]) * std::tanh(cell[i]);
        }
        rule(layer, hidden);
        result.push_back(hidden);
    }
    return result;
}

std::vector<Row> logitsByHand(
    const TinyLstm& tiny, const std::vector<int32_t>& tokens,
    const HiddenRule& rule = [](int, Row&) {})
{
    const Matrix words = tensor(tiny, "embedding.weight");
    std::vector<Row> text;
    for (const int32_t token : tokens)
        text.emplace_back(words.row(token).begin(), words.row(token).end());
    for (int layer = 0; tiny.shapes.contains("lstm.weight_ih_l" + std::to_string(layer)); ++layer)
        text = layerByHand(tiny, layer, text, rule);
    const bool own = tiny.shapes.contains("decoder.weight");
    const Matrix head = own ? tensor(tiny, "decoder.weight") : words;
    std::vector<Row> logits;
    for (const Row& row : text) {
        logits.push_back(product(head, row));
        addTensor(logits.back(), tiny, "decoder.bias");
    }
    return logits;
}

void removeBiases(TinyLstm& tiny)
{
    std::erase_if(tiny.shapes,
                  [](const auto& entry) { return entry.first.find("bias") != std::string::npos; });
}

void tieHead(TinyLstm& tiny)
{
    tiny.configuration["tie_word_embeddings"] = true;
    tiny.configuration["embedding_size"] = 29;
    tiny.shapes["embedding.weight"] = {2048, 29};
    tiny.shapes["lstm.weight_ih_l0"] = {4 * 29, 29};
    tiny.shapes.erase("decoder.weight");
}

void keepOneLayer(TinyLstm& tiny)
{
    tiny.configuration["num_layers"] = 1;
    std::erase_if(tiny.shapes, [](const auto& entry) { return entry.first.ends_with("_l1"); });
}

const std::vector<int32_t> kTokens = {5, 900, 33, 2047, 0, 5, 5, 1200, 64, 7, 8, 33};

} // namespace

Q_DECLARE_METATYPE(Change)

class TestLstm : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_written = 0;

    std::shared_ptr<const Model> opened(const TinyLstm& tiny)
    {
        const std::string folder = m_folder.filePath(QString::number(m_written++)).toStdString();
        tiny.write(folder);
        return openModel(folder);
    }

private Q_SLOTS:
    void gatesAreSlots()
    {
        const TinyLstm tiny;
        const auto model = opened(tiny);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const int index = model->graph.findSlot("lstm.weight_hh_l1.f");
        QVERIFY(index >= 0);
        const Slot& slot = model->graph.slot(index);
        QCOMPARE(slot.role, Role::RecurrentHiddenForget);
        QCOMPARE(slot.block, 1);
        QVERIFY(slot.quantizable);
        const Matrix seen = model->tensorOf(slot).read();
        const Matrix whole = tensor(tiny, "lstm.weight_hh_l1");
        QCOMPARE(seen.rows, int64_t{29});
        for (int64_t row = 0; row < 29; ++row)
            QVERIFY(std::ranges::equal(seen.row(row), whole.row(29 + row)));
        std::map<std::string, int64_t> numbers;
        for (const Slot& each : model->graph.slots)
            numbers[each.tensor] += each.weights();
        QCOMPARE(numbers.size(), tiny.shapes.size());
        for (const auto& [name, shape] : tiny.shapes)
            QCOMPARE(numbers[name], elementCount(shape));
    }

    void logitsAreThoseByHand_data()
    {
        QTest::addColumn<Change>("change");
        QTest::newRow("two layers") << Change([](TinyLstm&) {});
        QTest::newRow("one layer") << Change(keepOneLayer);
        QTest::newRow("no biases") << Change(removeBiases);
        QTest::newRow("tied") << Change(tieHead);
    }
    void logitsAreThoseByHand()
    {
        QFETCH(Change, change);
        TinyLstm tiny;
        change(tiny);
        const auto model = opened(tiny);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const std::vector<Row> expected = logitsByHand(tiny, kTokens);
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        const auto sequence = engine->newSequence(12);
        const Matrix logits = engine->run(*sequence, kTokens, Rows::All);
        for (int64_t row = 0; row < logits.rows; ++row)
            for (size_t i = 0; i < 2048; ++i)
                QVERIFY(std::abs(logits.row(row)[i] - expected[static_cast<size_t>(row)][i]) <
                        2e-5);
    }

    /// A hidden state that is quantized comes back quantized.
    void quantizedHiddenStatesAreThoseByHand()
    {
        const TinyLstm tiny;
        const auto model = opened(tiny);
        const QuantizedActivations weights(model, model->graph.findValue("blocks.0.hidden"),
                                           "int8-token-asym");
        const std::vector<Row> expected = logitsByHand(tiny, kTokens, [](int layer, Row& hidden) {
            std::vector<float> row(hidden.begin(), hidden.end());
            if (layer == 0)
                activationSchemeNamed("int8-token-asym").fakeQuantize(row);
            hidden.assign(row.begin(), row.end());
        });
        const std::vector<Row> plain = logitsByHand(tiny, kTokens);
        const auto engine = makeTorchEngine(model, weights, {.threads = 1});
        const auto sequence = engine->newSequence(12);
        const std::span<const int32_t> all(kTokens);
        const Matrix logits = engine->run(*sequence, all, Rows::All);
        double moved = 0;
        for (int64_t row = 0; row < logits.rows; ++row)
            for (size_t i = 0; i < 2048; ++i) {
                const double byHand = expected[static_cast<size_t>(row)][i];
                moved = std::max(moved, std::abs(plain[static_cast<size_t>(row)][i] - byHand));
                QVERIFY(std::abs(logits.row(row)[i] - byHand) < 2e-5);
            }
        QVERIFY(moved > 2e-4);
        sequence->clear();
        engine->run(*sequence, all.first(7), Rows::Last);
        const Matrix rest = engine->run(*sequence, all.subspan(7), Rows::Last);
        for (size_t i = 0; i < 2048; ++i)
            QVERIFY(std::abs(rest.row(0)[i] - expected.back()[i]) < 2e-5);
    }

    /// A text in pieces, and after others: the states go on, and begin anew.
    void aTextMayComeInPieces()
    {
        const auto model = opened(TinyLstm());
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        const auto sequence = engine->newSequence(1000000);
        const std::span<const int32_t> all(kTokens);
        const Matrix whole = engine->run(*sequence, all, Rows::All);
        const auto isRow = [&](const Matrix& last, int64_t row) {
            for (size_t i = 0; i < 2048; ++i)
                if (std::abs(last.row(0)[i] - whole.row(row)[i]) > 1e-5F)
                    return false;
            return true;
        };
        sequence->clear();
        for (size_t i = 0; i < all.size(); ++i)
            QVERIFY(isRow(engine->run(*sequence, all.subspan(i, 1), Rows::Last),
                          static_cast<int64_t>(i)));
        sequence->clear();
        QVERIFY(isRow(engine->run(*sequence, all.first(5), Rows::Last), 4));
        QVERIFY(isRow(engine->run(*sequence, all.subspan(5), Rows::Last), 11));
        sequence->clear();
        QVERIFY(!isRow(engine->run(*sequence, all.subspan(5), Rows::Last), 11));
    }

    void thereIsNoLastPosition()
    {
        const auto model = opened(TinyLstm());
        QCOMPARE(model->graph.contextLength, kNoLastPosition);
        QCOMPARE(defaultWindow(model->graph.contextLength), int64_t{128});
        QCOMPARE(defaultWindow(2048), int64_t{2048});
    }

    void whatIsNotComputedIsRefused_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* field, const nlohmann::json& value) {
            QTest::newRow(field) << Change([field, value](TinyLstm& tiny) {
                tiny.configuration[field] = value;
            }) << QString(field);
        };
        row("gate_order", "ifog");
        row("peepholes", true);
        row("use_peepholes", true);
        row("proj_size", 16);
        row("bidirectional", true);
        row("attention", "softmax(x.W)");
        row("layer_norm", true);
        row("activation", "relu");
        row("recurrent_activation", "hard_sigmoid");
        row("architectures", {"LstmForSequenceClassification"});
        const auto extra = [](const char* name, const Shape& shape) {
            QTest::newRow(name) << Change([name, shape](TinyLstm& tiny) {
                tiny.shapes[name] = shape;
            }) << QString(name);
        };
        extra("lstm.weight_hr_l0", {16, 29});
        extra("lstm.weight_ih_l0_reverse", {116, 40});
        extra("lstm.peephole_f_l0", {29});
    }
    void whatIsNotComputedIsRefused()
    {
        QFETCH(Change, change);
        QFETCH(QString, named);
        TinyLstm tiny;
        change(tiny);
        const auto model = opened(tiny);
        QVERIFY(!model->runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(named), model->missing.c_str());
        QVERIFY(!model->graph.slots.empty());
    }

    void whatAddsNothingIsNoReason()
    {
        TinyLstm tiny;
        tiny.configuration["proj_size"] = 0;
        tiny.configuration["bidirectional"] = false;
        tiny.configuration["peepholes"] = nullptr;
        QCOMPARE(opened(tiny)->missing, std::string());
    }

    void wrongTensorsAreNamed_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("shape") << Change([](TinyLstm& tiny) {
            tiny.shapes["lstm.weight_hh_l1"] = {116, 30};
        })
                               << "Only the weights can be looked at: tensor lstm.weight_hh_l1 is "
                                  "116 × 30, should be 116 × 29";
        QTest::newRow("bias") << Change([](TinyLstm& tiny) {
            tiny.shapes.erase("lstm.bias_hh_l1");
        }) << "Only the weights can be looked at: tensor lstm.bias_hh_l1 is missing";
        QTest::newRow("attention") << Change([](TinyLstm& tiny) {
            tiny.shapes["attention.weight"] = {356, 1};
        }) << "Only the weights can be looked at: tensor attention.weight in ";
        QTest::newRow("third layer") << Change([](TinyLstm& tiny) {
            tiny.shapes["lstm.weight_ih_l2"] = {116, 29};
        }) << "Only the weights can be looked at: tensor lstm.weight_ih_l2 in ";
        QTest::newRow("tied") << Change([](TinyLstm& tiny) {
            tiny.configuration["tie_word_embeddings"] = true;
        }) << "[lstm_lm] config.json says tie_word_embeddings is true, but embedding_size is 40";
    }
    void wrongTensorsAreNamed()
    {
        QFETCH(Change, change);
        QFETCH(QString, sentence);
        TinyLstm tiny;
        change(tiny);
        std::shared_ptr<const Model> model;
        const QString refused = refusal([&] { model = opened(tiny); });
        const QString said = model ? QString::fromStdString(model->missing) : refused;
        QVERIFY2(said.startsWith(sentence), qPrintable(said));
        QVERIFY(!model || !model->graph.runnable());
    }

    /// An LSTM too, but with an attention over its layers: nothing that may run as if it had none.
    void theOtherCharacterModelIsOnlyLookedAt()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(testData() + "/models/lstm-textgenrnn/hf");
        QVERIFY(!model->runnable());
        QVERIFY2(model->missing.find("TextGenRNN") != std::string::npos, model->missing.c_str());
        QCOMPARE(model->graph.slots.size(), size_t{12});
    }
};

QTEST_APPLESS_MAIN(TestLstm)
#include "tst_lstm.moc"
