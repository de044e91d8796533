// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/network/engine/engine.h"
#include "core/network/graph/graph.h"
#include "core/network/graph/graph_check.h"
#include "core/network/graph/operations.h"
#include "core/network/graph/slot_input.h"
#include "tests/operation_names.h"
#include "tests/refusal.h"

#include <QTest>
#include <functional>
#include <set>

using namespace bitloom;

namespace {

/// tokens → embed → rms_norm → linear, tied.
Graph smallGraph()
{
    Graph graph;
    graph.values = {{"tokens", 1}, {"embedding", 4}, {"norm", 4}, {"logits", 10}};
    Slot words{"words", "words.weight", Role::TokenEmbedding, -1, 10, 4, true, {}};
    Slot norm{"norm", "norm.weight", Role::Norm, -1, 1, 4, false, {}};
    graph.slots = {words, norm};
    graph.programs.push_back({"decode",
                              {{"embed", {0}, 1, {0}, {}, -1},
                               {"rms_norm", {1}, 2, {1}, {}, -1},
                               {"linear", {2}, 3, {0}, {}, -1}},
                              0,
                              3});
    fillUses(graph);
    return graph;
}

/// The sentence checkGraph refuses with; empty when it does not.
QString refusalAfter(const std::function<void(Graph&)>& change)
{
    Graph graph = smallGraph();
    change(graph);
    return refusal([&] { checkGraph(graph); });
}

} // namespace

Q_DECLARE_METATYPE(std::function<void(Graph&)>)

class TestGraph : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void soundGraphPasses()
    {
        QCOMPARE(refusalAfter([](Graph&) {}), QString());
    }

    void tiedSlotHasTwoUses()
    {
        QCOMPARE(smallGraph().slots[0].uses, (std::vector<int>{0, 2}));
        QCOMPARE(smallGraph().slots[1].uses, (std::vector<int>{1}));
    }

    void brokenGraphsAreRefused_data()
    {
        QTest::addColumn<std::function<void(Graph&)>>("change");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, std::function<void(Graph&)> change,
                            const char* sentence) {
            QTest::newRow(name) << std::move(change) << QString(sentence);
        };
        row(
            "operation", [](Graph& g) { g.programs[0].steps[1].operation = "no_norm"; },
            "[graph] there is no operation no_norm");
        row(
            "width", [](Graph& g) { g.values[3].width = 11; },
            "[graph] linear gives logits a width of 10, declared is 11");
        row(
            "slot", [](Graph& g) { g.slots[1].columns = 5; },
            "[graph] rms_norm needs as many weights as its output is wide (4), norm has 5");
        row(
            "order", [](Graph& g) { std::swap(g.programs[0].steps[1], g.programs[0].steps[2]); },
            "[graph] linear reads a value that is not computed before it");
        row(
            "inputs",
            [](Graph& g) {
                g.programs[0].steps[1].inputs = {1, 1};
            },
            "[graph] rms_norm takes 1 inputs");
        row(
            "slots", [](Graph& g) { g.programs[0].steps[1].slots.clear(); },
            "[graph] rms_norm takes 1 slots");
        row(
            "missing slot", [](Graph& g) { g.programs[0].steps[1].slots = {7}; },
            "[graph] rms_norm reads a slot that is not there");
        row(
            "written twice", [](Graph& g) { g.programs[0].steps[1].output = 1; },
            "[graph] rms_norm has no value of its own to write");
        row(
            "output", [](Graph& g) { g.programs[0].steps.pop_back(); },
            "[graph] program decode does not compute its output");
        row(
            "uses", [](Graph& g) { g.slots[0].uses = {0}; },
            "[graph] the uses of slot words are not its steps");
    }

    void brokenGraphsAreRefused()
    {
        QFETCH(std::function<void(Graph&)>, change);
        QFETCH(QString, sentence);
        QCOMPARE(refusalAfter(change), sentence);
    }

    void attentionChecksHeadsAndStates()
    {
        Graph graph;
        graph.values = {{"q", 12}, {"k", 6}, {"v", 6}, {"out", 12}};
        graph.states = {{State::Kind::Append, "keys", 6}, {State::Kind::Append, "values", 6}};
        Step step{"attention", {0, 1, 2}, 3, {}, {}, 0};
        step.attributes.heads = 4;
        step.attributes.keyValueHeads = 2;
        step.attributes.headSize = 3;
        step.attributes.keyState = 0;
        step.attributes.valueState = 1;
        const Operation& attention = operationNamed("attention");
        QCOMPARE(attention.outputWidth(graph, step), int64_t{12});
        Step odd = step;
        odd.attributes.heads = 3;
        QVERIFY_THROWS_EXCEPTION(Error, attention.outputWidth(graph, odd));
        odd = step;
        odd.attributes.valueState = 0;
        QVERIFY_THROWS_EXCEPTION(Error, attention.outputWidth(graph, odd));
        graph.states[1].width = 7;
        QVERIFY_THROWS_EXCEPTION(Error, attention.outputWidth(graph, step));
    }

    void torchRunsEveryOperation()
    {
        QCOMPARE(differingNames(namesOf(operations(), &Operation::name), torchOperations()),
                 QString());
    }

    void matricesSayHowTheyAreUsed()
    {
        const auto uses = [](const char* name) { return operationNamed(name).matrices; };
        using enum MatrixUse;
        QCOMPARE(uses("linear"), std::vector{Product});
        QCOMPARE(uses("embed_position"), std::vector{Lookup});
        QCOMPARE(uses("lstm"), (std::vector{Recurrent, Recurrent, Recurrent, Recurrent}));
        QVERIFY(uses("add").empty());
    }

    void whatMatricesAreMultipliedWith()
    {
        Graph graph = smallGraph();
        QVERIFY(!slotInput(graph, 0)); // a tied head: the table is also looked up
        graph.slots.push_back(graph.slots[0]);
        graph.programs[0].steps[2].slots = {2};
        QCOMPARE(slotInput(graph, 2), (SlotInput{2, false}));
        QVERIFY(!slotInput(graph, 1)); // a vector
        Step lstm{"lstm", {2, 2, 2, 2}, 3, {2, 2, 2, 2}, {}, -1};
        graph.programs[0].steps[2] = lstm;
        QCOMPARE(slotInput(graph, 2), (SlotInput{3, true}));
    }

    void everyRoleHasItsName()
    {
        std::set<std::string_view> names;
        for (int role = 0; role <= static_cast<int>(Role::Bias); ++role)
            names.insert(roleName(static_cast<Role>(role)));
        QCOMPARE(names.size(), static_cast<size_t>(Role::Bias) + 1);
    }
};

QTEST_APPLESS_MAIN(TestGraph)
#include "tst_graph.moc"
