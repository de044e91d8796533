// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever an encoding is made of is in every key and file that encodings are known by: each field
// is changed alone, and nothing may take the result for the one it was.
#include "core/workbench/session/sample.h"
#include "core/workbench/session/trial_store.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

namespace {

void change(std::string& text)
{
    text = text == "gptq" ? "gptq-order" : "int3-g32-asym";
}

void change(std::optional<double>& number)
{
    number = number ? *number / 2 : -0.5;
}

void change(std::optional<CorrectionStep>& step)
{
    step = CorrectionStep{"lorc", {{"rank", step ? 4 : 8}}};
}

void change(std::map<std::string, double>& numbers)
{
    numbers["damping"] = 0.05;
}

Encoding usual()
{
    return {"int4-g32-asym", "gptq", {}, 0.25};
}

int fields()
{
    int count = 0;
    const Encoding encoding;
    forEachField(encoding, [&](const char*, const auto&) { ++count; });
    return count;
}

Encoding withChanged(int which)
{
    Encoding encoding = usual();
    int at = 0;
    forEachField(encoding, [&](const char*, auto& field) {
        if (at++ == which)
            change(field);
    });
    return encoding;
}

std::string hashOf(const Encoding& encoding)
{
    Fingerprint key;
    addTo(key, encoding);
    return key.hex();
}

/// Multiplied with what the attention norm gives.
constexpr const char* kSlot = "model.layers.1.self_attn.q_proj";

Recipe recipeOf(const Encoding& encoding)
{
    Recipe recipe;
    recipe.target = "safetensors";
    recipe.slots[kSlot] = SlotChoice{encoding, {}};
    return recipe;
}

} // namespace

class TestVariantKeys : public QObject {
    Q_OBJECT

    std::shared_ptr<const Model> m_model;
    int m_slot = -1;

    TransformedModel seen(const std::string& calibration) const
    {
        SecondMoment moment;
        moment.input = *slotInput(m_model->graph, m_slot);
        std::vector<SecondMoment> moments;
        moments.push_back(std::move(moment));
        return TransformedModel(m_model, std::make_shared<const InputMoments>(
                                             m_model->graph, std::move(moments), calibration));
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_model = openModel(sampleFolder());
        m_slot = m_model->graph.findSlot(kSlot);
        QVERIFY(m_slot >= 0);
    }

    void everyFieldIsInEveryKey_data()
    {
        QTest::addColumn<int>("field");
        int at = 0;
        const Encoding encoding;
        forEachField(encoding, [&](const char* name, const auto&) { QTest::newRow(name) << at++; });
        QCOMPARE(at, fields());
    }

    void everyFieldIsInEveryKey()
    {
        QFETCH(int, field);
        const Encoding other = withChanged(field);
        const TransformedModel model = seen("text");
        QVERIFY(other != usual());
        QVERIFY(hashOf(other) != hashOf(usual()));
        QVERIFY(model.key(m_slot, other) != model.key(m_slot, usual()));
        QVERIFY(Variant(model, recipeOf(other)).key() != Variant(model, recipeOf(usual())).key());
        QVERIFY(!recipeOf(other).storesLike(recipeOf(usual())));
        QVERIFY(!SlotChoice{other}.storesLike(usual()));
        const Recipe read = Recipe::fromJson(recipeOf(other).toJson());
        QVERIFY(read == recipeOf(other));
    }

    /// What a trial was made of comes back from the disk field by field.
    void everyFieldIsInStoredTrials_data() { everyFieldIsInEveryKey_data(); }
    void everyFieldIsInStoredTrials()
    {
        QFETCH(int, field);
        const QTemporaryDir folder;
        const TrialStore stored(*m_model, MeasurementStore(folder.path().toStdString()));
        const TransformedModel model = seen("text");
        const TrialKey key{Variant(model, recipeOf(withChanged(field))).key(), "examples"};
        const TrialKey usualKey{Variant(model, recipeOf(usual())).key(), "examples"};
        stored.keep({{key, {}}});
        const Trials trials = stored.load();
        QCOMPARE(trials.size(), size_t{1});
        QVERIFY(trials.contains(key));
        QVERIFY(!trials.contains(usualKey));
    }

    /// Other inputs are another encoding, but only where the method depends on them; what a fit may
    /// do with a slot is none of its weights' concern.
    void keysDependOnTheInputsWhereTheMethodDoes()
    {
        const Encoding plain{"int4-g32-asym", "mse", {}, {}};
        QVERIFY(seen("a").key(m_slot, usual()) != seen("b").key(m_slot, usual()));
        QVERIFY(seen("a").key(m_slot, plain) == seen("b").key(m_slot, plain));
        QVERIFY(TransformedModel(m_model).key(m_slot, plain) == seen("a").key(m_slot, plain));
        Recipe limited = recipeOf(usual());
        limited.slots[kSlot].fit.locked = true;
        QVERIFY(limited.storesLike(recipeOf(usual())));
        QVERIFY(Variant(seen("a"), limited).key() == Variant(seen("a"), recipeOf(usual())).key());
        QVERIFY(Variant(TransformedModel(m_model), {}).key().isOriginal());
    }

    /// A recipe that is made of a key makes that key again.
    void aKeySaysAllOfItsRecipe()
    {
        Recipe recipe = recipeOf(usual());
        recipe.values["blocks.0.attention.norm"] = "int8-token-sym";
        const TransformedModel model = seen("a");
        const VariantKey key = Variant(model, recipe).key();
        QVERIFY(Variant(model, bitloom::recipeOf(m_model->graph, key)).key() == key);
    }
};

QTEST_GUILESS_MAIN(TestVariantKeys)
#include "tst_variant_keys.moc"
