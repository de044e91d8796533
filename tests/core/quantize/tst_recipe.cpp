// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/method.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/network/tiny_lstm.h"
#include "tests/core/quantize/hand_model.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

namespace {

/// What fullRecipe() is written as.
constexpr const char* kText = R"({
  "format": "bitloom-recipe",
  "model": {"identity":"0123","name":"hand \"made\""},
  "slots": {
    "embedding": {"method":"mse","scheme":"q4_k"},
    "layers.0.down": {"clip_high":0.25},
    "layers.0.up": {"clip_high":0.1,"clip_low":-0.05,"least_bits":2.5,"locked":true,"method":"nearest","most_bits":4.0,"scheme":"int3-g64-asym"}
  },
  "target": "safetensors",
  "values": {
    "blocks.0.normed": "int8-token-sym",
    "blocks.1.normed": "int4-g32-sym"
  },
  "version": 1
}
)";

Recipe fullRecipe()
{
    Recipe recipe;
    recipe.target = "safetensors";
    recipe.modelName = "hand \"made\"";
    recipe.modelIdentity = "0123";
    recipe.slots["layers.0.up"] = {{"int3-g64-asym", "nearest", -0.05, 0.1}, {true, 2.5, 4}};
    recipe.slots["embedding"] = {{"q4_k", "mse", {}, {}}, {}};
    recipe.slots["layers.0.down"] = {{"", "mse", {}, 0.25}, {}};
    recipe.values["blocks.0.normed"] = "int8-token-sym";
    recipe.values["blocks.1.normed"] = "int4-g32-sym";
    return recipe;
}

void set(Recipe& recipe, const Model& model, const std::string& text)
{
    const auto [pattern, edit] = parseSet(text);
    applySet(recipe, model, pattern, edit);
}

} // namespace

class TestRecipe : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jsonIsStableAndReadsBack();
    void brokenJsonGetsASentence_data();
    void brokenJsonGetsASentence();
    void limitsAllowWhatIsShown();
    void setSplitsAtTheLastEquals();
    void wrongSetsAreRefused();
    void setMatchesWholeNamesAndLaterWins();
    void fallbacksAreTakenInOrder();
    void misfitsAreNamedAndNothingChanges();
    void editsKeepClipsAndLocks();
    void activationRulesMatchWholeNames();
    void hiddenStatesAreQuantized();
    void problemsAreNamed();
    void slotsKeptAsStoredAreBorrowed();
    void clipsComeBeforeEncoding();
    void encodeNamesTheSlot();
    void weightsFollowTheRecipe();
};

void TestRecipe::jsonIsStableAndReadsBack()
{
    const char* old = R"({"format": "bitloom-recipe", "version": 1, "target": "any"})";
    QCOMPARE(Recipe::fromJson(old).target, std::string("safetensors"));
    const Recipe recipe = fullRecipe();
    const std::string text = recipe.toJson();
    QCOMPARE(text, std::string(kText));
    QVERIFY(Recipe::fromJson(text) == recipe);
    QCOMPARE(Recipe::fromJson(text).toJson(), text);
    QVERIFY(Recipe::fromJson(Recipe().toJson()) == Recipe());
}

/// Matrices that a hidden state comes back through see it quantized.
void TestRecipe::hiddenStatesAreQuantized()
{
    QTemporaryDir folder;
    TinyLstm().write(folder.path().toStdString());
    const auto model = openModel(folder.path().toStdString());
    const int back = model->graph.findSlot("lstm.weight_hh_l1.f");
    const int hidden = model->graph.findValue("blocks.1.hidden");
    QVERIFY(hidden >= 0);
    QCOMPARE(quantizableInput(model->graph, back), hidden);
    Recipe recipe;
    quantizeInputs(recipe, *model, {back}, "int8-token-sym");
    QVERIFY(recipe.activationScheme(model->graph, hidden));
}

void TestRecipe::brokenJsonGetsASentence_data()
{
    QTest::addColumn<QString>("replaced");
    QTest::addColumn<QString>("by");
    QTest::addColumn<QString>("named");
    QTest::newRow("cut") << "\"slots\""
                         << ""
                         << "line 4";
    QTest::newRow("scheme") << "q4_k"
                            << "q4_z"
                            << "q4_z";
    QTest::newRow("method") << "nearest"
                            << "farthest"
                            << "farthest";
    QTest::newRow("target") << "\"safetensors\""
                            << "\"moon\""
                            << "moon";
    QTest::newRow("activation scheme") << "int8-token-sym"
                                       << "int7-token-sym"
                                       << "int7-token-sym";
    QTest::newRow("activation scheme's kind") << "\"int4-g32-sym\""
                                              << "4"
                                              << "blocks.1.normed";
    QTest::newRow("kind") << "0.25"
                          << "\"wide\""
                          << "clip_high";
    QTest::newRow("order") << "-0.05"
                           << "0.5"
                           << "layers.0.up";
    QTest::newRow("limits") << "\"most_bits\":4.0"
                            << "\"most_bits\":2.0"
                            << "layers.0.up";
    QTest::newRow("slot") << "{\"clip_high\":0.25}"
                          << "7"
                          << "layers.0.down";
    QTest::newRow("key") << "locked"
                         << "lockde"
                         << "lockde";
    QTest::newRow("version") << "\"version\": 1"
                             << "\"version\": 2"
                             << "version 2";
    QTest::newRow("format") << "bitloom-recipe"
                            << "soup"
                            << "not a recipe";
}

void TestRecipe::brokenJsonGetsASentence()
{
    QFETCH(QString, replaced);
    QFETCH(QString, by);
    QFETCH(QString, named);
    const QString text = QString::fromStdString(fullRecipe().toJson()).replace(replaced, by);
    const QString message = refusal([&] { Recipe::fromJson(text.toStdString()); });
    QVERIFY2(message.contains(named), qPrintable(message));
    QVERIFY2(!message.contains('\n'), qPrintable(message));
}

void TestRecipe::limitsAllowWhatIsShown()
{
    QVERIFY((FitLimits{false, 3.44, 6.56}.allow(3.4375))); // q3_k, shown as 3.44
    QVERIFY((FitLimits{false, 3.44, 6.56}.allow(6.5625))); // q6_k, shown as 6.56
    QVERIFY(!(FitLimits{false, 3.45, {}}.allow(3.4375)));
    QVERIFY(!(FitLimits{false, {}, 6.55}.allow(6.5625)));
    QVERIFY(FitLimits().allow(0.5) && FitLimits().allow(32));
}

void TestRecipe::setSplitsAtTheLastEquals()
{
    const auto [pattern, edit] = parseSet("a=b.*=q8_0,stored:nearest");
    QCOMPARE(pattern, std::string("a=b.*"));
    QCOMPARE(edit.schemes, (std::vector<std::string>{"q8_0", ""}));
    QCOMPARE(edit.method, std::string("nearest"));
    QCOMPARE(parseSet(".*=f16").second.method, std::string("mse"));
    const auto [all, damped] = parseSet("a=b.*=q4_0:gptq:damping=0.05");
    QCOMPARE(all, std::string("a=b.*"));
    QCOMPARE(damped.method, std::string("gptq"));
    QCOMPARE(damped.parameters.at("damping"), 0.05);
    QVERIFY(parseSet(".*=q4_0:gptq:0.01").second.parameters.empty()); // as usual
}

void TestRecipe::wrongSetsAreRefused()
{
    for (const char* text : {"embedding", "=q8_0", ".*=", ".*=q8_0,", ".*=q9", ".*=q8_0:worst",
                             ".*=q8_0:mse:damping=0.1", ".*=q8_0:gptq:damping=2"})
        QVERIFY2(!refusal([&] { parseSet(text); }).isEmpty(), text);
    const auto model = handModel();
    Recipe recipe;
    QVERIFY(refusal([&] { set(recipe, *model, "(=f16"); }).contains("regular expression"));
    QVERIFY(refusal([&] { set(recipe, *model, "embed=f16"); }).contains("matches no slot"));
    QVERIFY(refusal([&] { set(recipe, *model, "norm=f16"); }).contains("matches no slot"));
}

void TestRecipe::setMatchesWholeNamesAndLaterWins()
{
    const auto model = handModel();
    Recipe recipe;
    set(recipe, *model, ".*=f16");
    QCOMPARE(recipe.slots.size(), size_t{3}); // the norm is left alone
    set(recipe, *model, "layers\\..*=bf16:nearest");
    QCOMPARE(recipe.choice("embedding").scheme, std::string("f16"));
    QCOMPARE(recipe.choice("layers.0.down").scheme, std::string("bf16"));
    QCOMPARE(recipe.choice("layers.0.down").method, std::string("nearest"));
    set(recipe, *model, ".*=stored");
    QVERIFY(recipe == Recipe());
}

void TestRecipe::fallbacksAreTakenInOrder()
{
    const auto model = handModel();
    Recipe recipe;
    set(recipe, *model, ".*=q4_k,q8_0,f16");
    QCOMPARE(recipe.choice("embedding").scheme, std::string("q4_k"));
    QCOMPARE(recipe.choice("layers.0.down").scheme, std::string("q8_0"));
    QCOMPARE(recipe.choice("layers.0.up").scheme, std::string("f16"));
}

void TestRecipe::misfitsAreNamedAndNothingChanges()
{
    const auto model = handModel();
    Recipe recipe;
    set(recipe, *model, "embedding=q6_k");
    const Recipe before = recipe;
    const QString rows = refusal([&] { set(recipe, *model, ".*=q8_0"); });
    QVERIFY2(rows.contains("layers.0.up") && rows.contains("172"), qPrintable(rows));
    QVERIFY2(!rows.contains("layers.0.down"), qPrintable(rows));
    const QString target = refusal([&] { set(recipe, *model, "embedding=int4-g32-sym"); });
    QVERIFY2(target.contains("embedding") && target.contains("gguf"), qPrintable(target));
    const QString vector = refusal([&] { applyEdit(recipe, *model, {0, 3}, {{"f16"}, "mse"}); });
    QVERIFY2(vector.contains("norm"), qPrintable(vector));
    QVERIFY(recipe == before);
    recipe.target = "safetensors";
    set(recipe, *model, ".*=int4-g32-sym");
    QCOMPARE(recipe.slots.size(), size_t{3});
}

void TestRecipe::editsKeepClipsAndLocks()
{
    const auto model = handModel();
    Recipe recipe = fullRecipe();
    const std::string method = recipe.choice("layers.0.up").method;
    QVERIFY(method != kDefaultMethod);
    const int up = model->graph.findSlot("layers.0.up");
    applyEdit(recipe, *model, {up}, {{"int6-g32-sym"}, {}});
    QCOMPARE(recipe.choice("layers.0.up").scheme, std::string("int6-g32-sym"));
    QCOMPARE(recipe.choice("layers.0.up").method, method);
    set(recipe, *model, "layers.*=int5-g32-sym");
    QCOMPARE(recipe.choice("layers.0.up"),
             (SlotChoice{{"int5-g32-sym", "mse", -0.05, 0.1}, {true, 2.5, 4}}));
    set(recipe, *model, "layers.*=stored");
    QCOMPARE(recipe.choice("layers.0.down"), (SlotChoice{{"", "mse", {}, 0.25}, {}}));
}

void TestRecipe::activationRulesMatchWholeNames()
{
    const QTemporaryDir folder;
    TinyLlama().write(folder.path().toStdString());
    const auto model = openModel(folder.path().toStdString());
    const Graph& graph = model->graph;
    Recipe recipe;
    applyActivation(recipe, *model, ".*=int8-token-sym");
    QVERIFY(recipe.values.size() > 8);
    QVERIFY(recipeProblem(recipe, *model).empty());
    const Program& program = graph.programs.front();
    for (int value = 0; value < static_cast<int>(graph.values.size()); ++value) {
        const bool fixed = value == program.input || value == program.output;
        QCOMPARE(recipe.activationScheme(graph, value) == nullptr, fixed);
    }
    const Recipe all = recipe;
    applyActivation(recipe, *model, ".*=float");
    QVERIFY(recipe.values.empty());
    QVERIFY(!recipe.storesLike(all));

    const int query = graph.findSlot("model.layers.0.self_attn.q_proj");
    const int key = graph.findSlot("model.layers.0.self_attn.k_proj");
    const int embedding = graph.findSlot("model.embed_tokens");
    QCOMPARE(quantizableInput(graph, embedding), -1);
    quantizeInputs(recipe, *model, {query, embedding}, "int4-g32-sym");
    QCOMPARE(recipe.values.size(), size_t{1});
    QCOMPARE(quantizableInput(graph, key), quantizableInput(graph, query)); // they see the same
    QCOMPARE(QString::fromUtf8(recipe.activationScheme(graph, quantizableInput(graph, key))->id),
             QString("int4-g32-sym"));
    QCOMPARE(Recipe::fromJson(recipe.toJson()), recipe);
    quantizeInputs(recipe, *model, {key}, "");
    QVERIFY(recipe.values.empty());

    const auto refused = [&](const char* text) {
        return refusal([&] { applyActivation(recipe, *model, text); });
    };
    QVERIFY(refused("int8-token-sym").contains("of the form"));
    QVERIFY(refused("logits=int8-token-sym").contains("matches no value"));
    QVERIFY(refused(".*=int7").contains("no activation scheme"));
    recipe.values["elsewhere"] = "int8-token-sym";
    QVERIFY(recipeProblem(recipe, *model).find("value elsewhere") != std::string::npos);
}

void TestRecipe::problemsAreNamed()
{
    const auto model = handModel();
    Recipe recipe = fullRecipe();
    recipe.values.clear(); // this model computes nothing
    QCOMPARE(recipeProblem(recipe, *model), std::string());
    recipe.target = "gguf";
    QVERIFY(recipeProblem(recipe, *model).find("int3-g64-asym for layers.0.up") !=
            std::string::npos);
    recipe.slots["attic"] = {{"f16", "mse", {}, {}}, {}};
    QVERIFY(recipeProblem(recipe, *model).find("attic") != std::string::npos);
    Recipe vector;
    vector.slots["norm"] = {{"f16", "mse", {}, {}}, {}};
    QVERIFY(recipeProblem(vector, *model).find("norm") != std::string::npos);
}

void TestRecipe::slotsKeptAsStoredAreBorrowed()
{
    const auto model = handModel();
    const auto& stored = model->checkpoint.tensors[1];
    QCOMPARE(TransformedModel(*model).encode(1, {}).bytes.data(), stored.bytes.data());
    SlotChoice same;
    same.scheme = "bf16";
    QCOMPARE(TransformedModel(*model).encode(1, same).bytes.data(), stored.bytes.data());
}

void TestRecipe::clipsComeBeforeEncoding()
{
    const auto model = handModel();
    const SlotChoice clipped{{"", "mse", -0.01, 0.015}, {false, {}, {}}};
    const PackedTensor packed = TransformedModel(*model).encode(1, clipped);
    QCOMPARE(packed.scheme->id(), std::string_view("bf16"));
    const auto [low, high] = std::ranges::minmax(packed.decode().values);
    QVERIFY(std::abs(low + 0.01F) < 1e-4F && std::abs(high - 0.015F) < 1e-4F);
    const SlotChoice coded{{"int8-g32-asym", "nearest", -0.01, 0.015}, {}};
    for (const float value : TransformedModel(*model).encode(1, coded).decode().values)
        QVERIFY(value > -0.0102F && value < 0.0152F);
    const SlotChoice empty{{"f16", "mse", 0.1, -0.1}, {false, {}, {}}};
    QVERIFY(refusal([&] { TransformedModel(*model).encode(1, empty); }).contains("clip"));
}

void TestRecipe::encodeNamesTheSlot()
{
    const auto model = handModel();
    Matrix weights(4, 96);
    weights.values[200] = std::nanf("");
    addTensor(*model, "layers.1.broken", {4, 96}, weights, "f32", true);
    const QString text = refusal([&] {
        TransformedModel(*model).encode(4, {"q8_0", "mse", {}, {}});
    });
    QVERIFY2(text.contains("layers.1.broken, row 2, column 8"), qPrintable(text));
}

void TestRecipe::weightsFollowTheRecipe()
{
    const auto model = handModel();
    const Variant weights(TransformedModel(model), fullRecipe());
    QCOMPARE(weights.slot(0).scheme->id(), std::string_view("q4_k"));
    QCOMPARE(weights.slot(3).bytes.data(), model->checkpoint.tensors[3].bytes.data());
    QVERIFY(bytesOf(weights.slot(1)) ==
            bytesOf(TransformedModel(*model).encode(1, fullRecipe().choice("layers.0.up"))));
    QVERIFY(bytesOf(weights.slot(1)) == bytesOf(weights.slot(1)));
}

QTEST_APPLESS_MAIN(TestRecipe)
#include "tst_recipe.moc"
