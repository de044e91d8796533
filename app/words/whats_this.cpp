// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words/whats_this.h"

#include "app/words/glossary.h"

#include <QCoreApplication>
#include <QWidget>

namespace bitloom {

namespace {

/// A widget's object name, and what is said of it.
struct Explanation {
    const char* name;
    const char* text;
};

#define SAYS(text) QT_TRANSLATE_NOOP("WhatsThis", text)

constexpr Explanation kExplanations[] = {
    {"layerPanel",
     SAYS("The layers of the model. Select some and press 2 3 4 5 6 8 to give them that many bits, "
          "0 to keep them as stored. A click on a column's title sorts all layers by it, across "
          "the blocks; another click turns the order, a third one brings the blocks back.")},
    {"layerFilter",
     SAYS("Shows only layers whose name, block, role or scheme holds every word; with .* "
          "those that a regular expression finds. What is selected stays selected.")},
    {"layerFilterRegex", SAYS("Takes the filter for a regular expression.")},
    {"layerFilterChanged", SAYS("Shows only the layers that the last fit changed.")},
    {"bitStrip",
     SAYS("What the selected layers can be stored as. Pale is what a row length or the export "
          "target forbids; the tool tip says why. Norms and biases stay as stored.")},
    {"histogramPanel",
     SAYS("How the weights of the selected layers are spread. One layer: its weights, the levels "
          "they are rounded to, and the clip handles. Up to six: their densities over each other. "
          "More: the least, the median and the greatest density. Norms and biases are left out "
          "beside matrices.")},
    {"histogram",
     SAYS("Weights of the selected layers by value: the area is the original, the stems or the "
          "dashed line the values they become. Drag a clip flag to cut off what lies outside; the "
          "wheel zooms, a double click shows everything.")},
    {"clipLow", SAYS("Weights below this become this before they are rounded.")},
    {"clipHigh", SAYS("Weights above this become this before they are rounded.")},
    {"sensitivityPanel",
     SAYS("What each layer can bear: the damage to expect when it alone is stored with 4 bits, by "
          "the metric of the list. The line below the title says from which text.")},
    {"sensitivity",
     SAYS("A bar for each layer, in the order of the network: the damage to expect when it alone "
          "is stored with 4 bits. Selected layers are coloured; click or drag to select.")},
    {"sensitivityMetric", SAYS("How the damage is predicted. The metric lab holds all of them "
                               "against what is measured.")},
    {"sizeQualityPanel", SAYS("Size of the file against its damage, for every state so far.")},
    {"sizeQuality",
     SAYS("Every state of the recipe so far: size of the file against its damage, predicted "
          "(circles) or measured (diamonds). The line joins the best recipes found; drag the "
          "budget along it, click a dot to go back to it.")},
    {"evaluationPanel",
     SAYS("What the recipe costs: predicted from the sensitivities at once, and measured on the "
          "evaluation text by Evaluate. ± is one standard error.")},
    {"evaluate",
     SAYS("Runs original and quantized over the evaluation text and compares what they say.")},
    {"errorsPanel", SAYS("How far the stored weights of each layer are from the original.")},
    {"errors",
     SAYS("A bar for each layer: the length of the change of its weights against the length of the "
          "weights, |ΔW| / |W|.")},
    {"comparePane",
     SAYS("The same words through the original and the quantized network, with the same seed. The "
          "first difference is marked.")},
    {"prompt", SAYS("What both networks go on from.")},
    {"originalText", SAYS("What the original network makes of the prompt.")},
    {"quantizedText",
     SAYS("What the quantized network makes of the prompt; the first difference is marked.")},
    {"classTable", SAYS("How likely each class is, by the original and by the quantized network.")},
    {"neighbourTable",
     SAYS("Which sentences of the evaluation text lie nearest, by the original and by the "
          "quantized network.")},
    {"statisticsPanel",
     SAYS("Figures of the selected layer; of several, what they have together. Norms and biases "
          "are left out beside matrices.")},
    {"outputChannels",
     SAYS("Least and greatest weight of every output channel (row) of the selected layer.")},
    {"inputChannels",
     SAYS("Least and greatest input of every channel of the selected layer, where the inputs were "
          "measured; otherwise its weights.")},
    {"networkView",
     SAYS("The network from the first layer to the last: a cell for each layer with its bits, "
          "orange for few and blue for many; narrow ones stay as stored.")},
    {"recurrencePanel",
     SAYS("Of a recurrent network: how much its hidden matrices stretch a state each time step, "
          "and how far the quantized states drift from the original ones.")},
    {"hiddenNorms",
     SAYS("Spectral norms: how much a matrix stretches a hidden state at most. Above 1, errors may "
          "grow with time.")},
    {"drift", SAYS("The error of the hidden states after each time step, relative to the states.")},
    {"labPanel",
     SAYS("Every way of telling what a layer can bear against what is measured: each layer alone "
          "with 2, 3 and 4 bits.")},
    {"labScores",
     SAYS("How well each metric ranks the layers (rank correlation with what was measured), also "
          "within one number of bits, and how far its predictions lie off.")},
    {"labPlot",
     SAYS("The metric of the chosen row: every prediction against what was measured. On the dashed "
          "line both are the same. Click a dot to select its layer.")},
    {"measuredPanel",
     SAYS("While nothing else runs, layers and the recipe are tried on the evaluation text; the "
          "predictions learn from it.")},
    {"measuredPlot",
     SAYS("Every prediction against what was measured in the background. On the dashed line both "
          "are the same. Click a dot to select its layer.")},
    {"heatMapPanel", SAYS("What each layer alone costs with each number of bits.")},
    {"heatMap", SAYS("A row for each layer, a column for each number of bits; the scale beside "
                     "them says the damage of a colour. "
                     "○ marks what the layer has now; a double click gives it another.")},
    {"recipeDiffPanel",
     SAYS("Two recipes beside each other: where they differ, what that changes in size and in "
          "predicted damage. Choices can be taken from either.")},
    {"spectrumPanel",
     SAYS("In how many directions of a layer the loss bends, and how much: the density of the "
          "eigenvalues of its Hessian.")},
    {"spectrum",
     SAYS("How many directions have an eigenvalue about as large as this. Most lie near zero: "
          "there the loss is flat, and rounding costs nothing.")},
    {"budgetBar",
     SAYS("What a fit must keep within: a size, memory while it runs, or the time of a token. Fit "
          "then chooses for every layer that is not locked what damages least.")},
    {"budgetResult", SAYS("What the recipe has now, and what it is predicted to cost.")},
    {"jobBar", SAYS("What runs now. Esc stops all that runs or waits and keeps what is done.")},
    {"messageBar", SAYS("What happened last, and what can be done about it.")},
    {"backgroundLabel", SAYS("What is measured in the background while nothing else runs.")},
    {"sizeLabel", SAYS("Size of the file that the recipe makes, of the file that was opened.")},
    {"memoryLabel",
     SAYS("Memory that both networks need side by side: original, quantized and key/value cache.")},
    {"engineLabel", SAYS("What computed last, on which device.")},
    {"savedLabel", SAYS("Whether the recipe is saved as it is.")},
    {"welcomePage", SAYS("Open a model here, or drop one anywhere in the window.")},
};

#undef SAYS

} // namespace

void explainFigures(QWidget& window)
{
    for (const Explanation& row : kExplanations)
        for (QWidget* widget : window.findChildren<QWidget*>(row.name))
            widget->setWhatsThis(
                withGlossaryLinks(QCoreApplication::translate("WhatsThis", row.text)));
}

} // namespace bitloom
