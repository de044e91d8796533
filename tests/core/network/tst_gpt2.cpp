// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2: slots that are views, what is refused, and the values its author computed.
#include "core/base/error.h"
#include "core/network/engine/engine.h"
#include "core/network/engine/sampling.h"
#include "tests/core/network/tiny_gpt2.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <functional>

using namespace bitloom;

namespace {

using Change = std::function<void(TinyGpt2&)>;

const Slot& slotNamed(const Model& model, const std::string& name)
{
    const int index = model.graph.findSlot(name);
    if (index < 0)
        throw Error("test", "there is no slot " + name);
    return model.graph.slot(index);
}

Matrix tapped(Engine& engine, const Model& model, std::span<const int32_t> tokens,
              const std::string& name)
{
    Matrix found;
    const auto sequence = engine.newSequence(static_cast<int64_t>(tokens.size()));
    engine.runTapped(*sequence, tokens, [&](int value, MatrixView view) {
        if (model.graph.value(value).name != name)
            return;
        found = Matrix(view.rows, view.columns);
        std::copy_n(view.data, view.size(), found.values.begin());
    });
    return found;
}

Matrix logits(const std::shared_ptr<const Model>& model)
{
    const std::vector<int32_t> tokens = {5, 900, 33, 2047, 0, 5};
    const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
    const auto sequence = engine->newSequence(10);
    return engine->run(*sequence, tokens, Rows::All);
}

nlohmann::json jsonFile(const std::string& path)
{
    std::ifstream file(path);
    return nlohmann::json::parse(file);
}

/// Base64 of 32-bit floats (or of 64-bit whole numbers, given back as such).
template <typename Number>
std::vector<Number> numbersOf(const nlohmann::json& entry)
{
    const QByteArray bytes = QByteArray::fromBase64(
        QByteArray::fromStdString(entry.at("data").template get<std::string>()));
    std::vector<Number> numbers(static_cast<size_t>(bytes.size()) / sizeof(Number));
    std::memcpy(numbers.data(), bytes.constData(), numbers.size() * sizeof(Number));
    return numbers;
}

} // namespace

Q_DECLARE_METATYPE(Change)

class TestGpt2 : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::shared_ptr<const Model> opened(const TinyGpt2& tiny) const
    {
        const std::string folder =
            m_folder.filePath(QString("m%1").arg(reinterpret_cast<quintptr>(&tiny))).toStdString();
        tiny.write(folder);
        return openModel(folder);
    }

private Q_SLOTS:
    void slotsAreViews()
    {
        const auto model = opened(TinyGpt2());
        QVERIFY2(model->runnable(), model->missing.c_str());
        const Matrix whole =
            TinyGpt2::weights("h.1.attn.c_attn.weight", {36, 108}).decode(); // inputs × outputs
        const Slot& slot = slotNamed(*model, "h.1.attn.c_attn.k");
        QCOMPARE(slot.role, Role::AttentionKey);
        const StoredTensor seen = model->tensorOf(slot);
        QCOMPARE(seen.rows(), int64_t{36});
        const Matrix keys = seen.read();
        for (int64_t row = 0; row < 36; ++row)
            for (int64_t column = 0; column < 36; ++column)
                QCOMPARE(keys.row(row)[static_cast<size_t>(column)],
                         whole.row(column)[static_cast<size_t>(36 + row)]);
        const Matrix some = seen.packedRows(7, 3).decode();
        QVERIFY(std::ranges::equal(some.row(2), keys.row(9)));
        QCOMPARE(seen.storedBytes(), int64_t{36 * 36 * 4});
        const auto biases = TinyGpt2::weights("h.1.attn.c_attn.bias", {108}).decode();
        const Matrix bias = model->tensorOf(slotNamed(*model, "h.1.attn.c_attn.bias.v")).read();
        QCOMPARE(bias.rows, int64_t{1});
        QVERIFY(std::ranges::equal(bias.row(0), biases.row(0).subspan(72, 36)));
    }

    void everyNumberIsInOneSlot()
    {
        const TinyGpt2 tiny;
        const auto model = opened(tiny);
        std::map<std::string, int64_t> seen;
        for (const Slot& slot : model->graph.slots)
            seen[slot.tensor] += slot.weights();
        QCOMPARE(seen.size(), tiny.shapes.size());
        for (const auto& [name, shape] : tiny.shapes)
            QCOMPARE(seen[name], elementCount(shape));
    }

    void prefixAndBuffersMakeNoDifference()
    {
        TinyGpt2 prefixed;
        prefixed.addPrefix();
        const auto plain = opened(TinyGpt2());
        TinyGpt2 buffered;
        buffered.shapes["h.0.attn.bias"] = {1, 1, 5, 5};
        buffered.shapes["h.1.attn.masked_bias"] = {1};
        const auto same = opened(buffered);
        QCOMPARE(logits(same).values, logits(plain).values);
        const auto model = opened(prefixed);
        QVERIFY2(model->runnable(), model->missing.c_str());
        for (size_t i = 0; i < plain->graph.slots.size(); ++i)
            QCOMPARE(model->graph.slots[i].name, plain->graph.slots[i].name);
    }

    void headMayBeTiedAndMayHaveABias()
    {
        TinyGpt2 tied;
        tied.shapes.erase("lm_head.weight");
        tied.configuration.erase("tie_word_embeddings"); // tied, where nobody says otherwise
        const auto model = opened(tied);
        QCOMPARE(slotNamed(*model, "wte").uses.size(), size_t{2});
        TinyGpt2 biased;
        biased.shapes["lm_head.bias"] = {2048};
        const Matrix with = logits(opened(biased));
        const Matrix without = logits(opened(TinyGpt2()));
        const Matrix bias = TinyGpt2::weights("lm_head.bias", {2048}).decode();
        for (size_t i = 0; i < with.values.size(); ++i)
            QVERIFY(std::abs(with.values[i] - without.values[i] - bias.values[i % 2048]) < 1e-5);
    }

    void activationsAreWhatTheirNamesSay_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"gelu_new", "gelu", "relu"})
            QTest::newRow(name) << name;
    }
    void activationsAreWhatTheirNamesSay()
    {
        QFETCH(QString, name);
        TinyGpt2 tiny;
        tiny.configuration["activation_function"] = name.toStdString();
        const auto model = opened(tiny);
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        const std::vector<int32_t> tokens = {7, 8, 9};
        const Matrix up = tapped(*engine, *model, tokens, "blocks.0.feed_forward.up");
        const Matrix bent = tapped(*engine, *model, tokens, "blocks.0.feed_forward.activation");
        for (size_t i = 0; i < up.values.size(); ++i) {
            const double x = up.values[i];
            const double inner = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
            const double expected = name == "relu"   ? std::max(x, 0.0)
                                    : name == "gelu" ? x * (1 + std::erf(x / std::sqrt(2.0))) / 2
                                                     : x * (1 + std::tanh(inner)) / 2;
            QVERIFY(std::abs(bent.values[i] - expected) < 2e-6);
        }
    }

    void whatIsNotComputedIsRefused_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* field, const nlohmann::json& value) {
            QTest::newRow(field) << Change([field, value](TinyGpt2& tiny) {
                tiny.configuration[field] = value;
            }) << QString(field);
        };
        row("activation_function", "swish");
        row("scale_attn_weights", false);
        row("scale_attn_by_inverse_layer_idx", true);
        row("reorder_and_upcast_attn", true);
        row("add_cross_attention", true);
        row("architectures", {"GPT2ForSequenceClassification"});
        row("n_head", 4); // heads of 9
    }
    void whatIsNotComputedIsRefused()
    {
        QFETCH(Change, change);
        QFETCH(QString, named);
        TinyGpt2 tiny;
        change(tiny);
        const auto model = opened(tiny);
        QVERIFY(!model->runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(named), model->missing.c_str());
        QVERIFY(!model->graph.slots.empty());
    }

    void wrongTensorsAreNamed_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("shape") << Change([](TinyGpt2& tiny) {
            tiny.shapes["h.1.mlp.c_fc.weight"] = {52, 36};
        })
                               << "Only the weights can be looked at: tensor h.1.mlp.c_fc.weight "
                                  "is 52 × 36, should be 36 × 52";
        QTest::newRow("missing") << Change([](TinyGpt2& tiny) {
            tiny.shapes.erase("wpe.weight");
        }) << "Only the weights can be looked at: tensor wpe.weight is missing";
        QTest::newRow("head") << Change([](TinyGpt2& tiny) {
            tiny.shapes.erase("lm_head.weight");
        }) << "Only the weights can be looked at: tensor lm_head.weight is missing";
        QTest::newRow("cross") << Change([](TinyGpt2& tiny) {
            tiny.shapes["h.0.crossattention.q_attn.weight"] = {36, 36};
        }) << "Only the weights can be looked at: tensor h.0.crossattention.q_attn.weight in ";
        QTest::newRow("heads") << Change([](TinyGpt2& tiny) {
            tiny.configuration["n_head"] = 5;
        }) << "[gpt2] config.json says n_embd is 36, which is no multiple of n_head, 5";
    }
    void wrongTensorsAreNamed()
    {
        QFETCH(Change, change);
        QFETCH(QString, sentence);
        TinyGpt2 tiny;
        change(tiny);
        std::shared_ptr<const Model> model;
        const QString refused = refusal([&] { model = opened(tiny); });
        const QString said = model ? QString::fromStdString(model->missing) : refused;
        QVERIFY2(said.startsWith(sentence), qPrintable(said));
        QVERIFY(!model || !model->graph.runnable());
    }

    /// What llama.cpp's gpt2 would compute differently is no GGUF.
    void ggufRefusesWhatLlamaCppComputesDifferently_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("cause");
        QTest::newRow("activation")
            << Change([](TinyGpt2& tiny) { tiny.configuration["activation_function"] = "relu"; })
            << "activation_function is relu";
        QTest::newRow("head bias")
            << Change([](TinyGpt2& tiny) { tiny.shapes["lm_head.bias"] = {2048}; })
            << "this model has lm_head.bias";
    }
    void ggufRefusesWhatLlamaCppComputesDifferently()
    {
        QFETCH(Change, change);
        QFETCH(QString, cause);
        TinyGpt2 tiny;
        change(tiny);
        const auto model = opened(tiny);
        const QString said = refusal([&] { ggufPlan(*model); });
        QVERIFY2(said.startsWith("[gguf] llama.cpp's gpt2 ") && said.contains(cause),
                 qPrintable(said));
    }

    void positionsEndWithTheirTable()
    {
        const auto model = opened(TinyGpt2());
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        const auto sequence = engine->newSequence(1000);
        const std::vector<int32_t> tokens(301, 3);
        engine->run(*sequence, tokens, Rows::Last);
        QVERIFY_THROWS_EXCEPTION(Error,
                                 engine->run(*sequence, std::span(tokens).first(1), Rows::Last));
    }

    /// Every value that the author's program computed, and what follows from them.
    void referenceActivationsAreMet()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string folder = testData() + "/models/gpt-nano-sort";
        const auto reference = jsonFile(folder + "/reference_activations.json");
        const auto model = openModel(folder + "/hf");
        QVERIFY2(model->runnable(), model->missing.c_str());
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        const std::vector<std::pair<const char*, const char*>> names = {
            {"tok_emb", "embedding"},
            {"x", "placed_embedding"},
            {"ln1", "blocks.0.attention.norm"},
            {"y", "blocks.0.attention.mixture"},
            {"yProj", "blocks.0.attention.output"},
            {"attnResid", "blocks.0.attention.residual"},
            {"ln2", "blocks.0.feed_forward.norm"},
            {"fc", "blocks.0.feed_forward.up"},
            {"gelu", "blocks.0.feed_forward.activation"},
            {"mlp", "blocks.0.feed_forward.output"},
            {"mlpResid", "blocks.0.residual"},
            {"block0", "blocks.0.residual"},
            {"block1", "blocks.1.residual"},
            {"block2", "blocks.2.residual"},
            {"ln_f", "norm"},
            {"lm_head", "logits"},
        };
        const auto ids = tokensOf(reference.at("idx"));
        for (size_t text = 0; text < 3; ++text) {
            const std::span<const int32_t> tokens = std::span(ids).subspan(text * 11, 11);
            for (const auto& [theirs, ours] : names)
                compare(tapped(*engine, *model, tokens, ours),
                        numbersOf<float>(reference.at(theirs)), text, theirs);
            compare(tapped(*engine, *model, tokens, "position_embedding"),
                    numbersOf<float>(reference.at("pos_emb")), 0, "pos_emb");
            const Matrix query = tapped(*engine, *model, tokens, "blocks.0.attention.query");
            const Matrix key = tapped(*engine, *model, tokens, "blocks.0.attention.key");
            compare(byHead(query), numbersOf<float>(reference.at("q")), text, "q");
            compare(byHead(key), numbersOf<float>(reference.at("k")), text, "k");
            compare(byHead(tapped(*engine, *model, tokens, "blocks.0.attention.value")),
                    numbersOf<float>(reference.at("v")), text, "v");
            compare(softmax(scores(byHead(query), byHead(key))),
                    numbersOf<float>(reference.at("attSm")), text, "attSm");
            compare(softmax(tapped(*engine, *model, tokens, "logits")),
                    numbersOf<float>(reference.at("probs")), text, "probs");
        }
    }

    void sortsEveryInput()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(testData() + "/models/gpt-nano-sort/hf");
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        QCOMPARE(sortedInputs(*engine, *model), 729);
        QVERIFY(!model->tokenizer->data().startsWithBos());
    }

private:
    static std::vector<int32_t> tokensOf(const nlohmann::json& entry)
    {
        const bool wide = entry.at("dtype").get<std::string>().find("64") != std::string::npos;
        std::vector<int32_t> tokens;
        if (wide)
            for (const int64_t id : numbersOf<int64_t>(entry))
                tokens.push_back(static_cast<int32_t>(id));
        else
            for (const float id : numbersOf<float>(entry))
                tokens.push_back(static_cast<int32_t>(id));
        return tokens;
    }

    static void compare(const Matrix& ours, const std::vector<float>& all, size_t text,
                        const char* name)
    {
        const std::span<const float> theirs =
            std::span(all).subspan(text * ours.values.size(), ours.values.size());
        double difference = 0;
        double largest = 0;
        for (size_t i = 0; i < theirs.size(); ++i) {
            difference = std::max(difference, std::abs(double{ours.values[i]} - theirs[i]));
            largest = std::max(largest, std::abs(double{theirs[i]}));
        }
        QVERIFY2(!theirs.empty() && difference <= 1e-4 * largest, name);
    }

    /// [positions, 3 · 16] as [3 · positions, 16].
    static Matrix byHead(const Matrix& rows)
    {
        Matrix result(3 * rows.rows, 16);
        for (int64_t head = 0; head < 3; ++head)
            for (int64_t row = 0; row < rows.rows; ++row)
                std::ranges::copy(rows.row(row).subspan(static_cast<size_t>(head) * 16, 16),
                                  result.row(head * rows.rows + row).begin());
        return result;
    }

    /// Of [3 · positions, 16] each: [3 · positions, positions], masked.
    static Matrix scores(const Matrix& query, const Matrix& key)
    {
        const int64_t positions = query.rows / 3;
        Matrix result(query.rows, positions);
        for (int64_t row = 0; row < query.rows; ++row)
            for (int64_t other = 0; other < positions; ++other) {
                double sum = 0;
                for (size_t i = 0; i < 16; ++i)
                    sum += double{query.row(row)[i]} *
                           key.row(row / positions * positions + other)[i] / 4;
                result.row(row)[static_cast<size_t>(other)] =
                    other <= row % positions ? static_cast<float>(sum) : -INFINITY;
            }
        return result;
    }

    static Matrix softmax(Matrix rows)
    {
        for (int64_t row = 0; row < rows.rows; ++row) {
            double sum = 0;
            for (float& value : rows.row(row))
                sum += value = std::exp(value);
            for (float& value : rows.row(row))
                value = static_cast<float>(value / sum);
        }
        return rows;
    }

    static int sortedInputs(Engine& engine, const Model& model)
    {
        int sorted = 0;
        for (int input = 0; input < 729; ++input) {
            std::string text;
            for (int rest = input, i = 0; i < 6; ++i, rest /= 3)
                text += static_cast<char>('A' + rest % 3);
            std::string expected = text;
            std::ranges::sort(expected);
            std::vector<int32_t> next = model.tokenizer->encode(text, true);
            const auto sequence = engine.newSequence(11);
            std::vector<int32_t> continued;
            while (continued.size() < 6) {
                const Matrix logits = engine.run(*sequence, next, Rows::Last);
                next = {sampleToken(logits.row(0), 0, 0, 1, 0, 0)};
                continued.push_back(next.front());
            }
            sorted += model.tokenizer->decode(continued) == expected ? 1 : 0;
        }
        return sorted;
    }
};

QTEST_GUILESS_MAIN(TestGpt2)
#include "tst_gpt2.moc"
