<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Landloom</name>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Analyse features</source>
        <translation>Merkmale auswerten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Look at the features of a store: statistics, main components, clusters, and what they tell of quality.</source>
        <translation>Die Merkmale eines Merkmalsspeichers ansehen: Statistik, Hauptkomponenten, Cluster und was sie über die Qualität sagen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Missing and infinite numbers are counted, features that never vary are named. Main components come from all images, clusters from k-means for the number with the highest silhouette. With records, each feature and each parameter that is a number is correlated with each metric, with the share of false discoveries among thousands of columns; a random forest says on held-out records how much of one metric can be explained at all, and by what.</source>
        <translation>Fehlende und unendliche Zahlen werden gezählt, Merkmale ohne jede Streuung werden genannt. Die Hauptkomponenten kommen aus allen Bildern, die Cluster aus k-means mit der Anzahl, bei der die Silhouette am höchsten ist. Mit Einträgen wird jedes Merkmal und jeder Parameter, der eine Zahl ist, mit jedem Maß korreliert, samt dem Anteil falscher Entdeckungen unter Tausenden von Spalten; ein Zufallswald (Random Forest) sagt an zurückgehaltenen Einträgen, wie viel von einem Maß sich überhaupt erklären lässt und wodurch.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Images with a place on the map, by their records or their own georeference, come out as a layer coloured by cluster.</source>
        <translation>Bilder mit einem Ort auf der Karte, nach ihren Einträgen oder ihrer eigenen Georeferenz, werden zu einem Layer, nach Clustern eingefärbt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Made by Extract features.</source>
        <translation>Erzeugt von Merkmale berechnen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Table with metrics, with which the features were extracted.</source>
        <translation>Tabelle mit Maßen, mit der die Merkmale berechnet wurden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Metric to explain</source>
        <translation>Zu erklärendes Maß</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>By the random forest. Empty: the first one of the records.</source>
        <translation>Durch den Zufallswald (Random Forest). Leer: das erste der Einträge.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Fewest clusters</source>
        <translation>Wenigste Cluster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Tried, up to the most.</source>
        <translation>Versucht wird von hier bis zu den meisten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Most clusters</source>
        <translation>Meiste Cluster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>The number with the best silhouette is taken.</source>
        <translation>Die Anzahl mit der besten Silhouette wird genommen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Statistics</source>
        <translation>Statistik</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>A row a feature.</source>
        <translation>Eine Zeile je Merkmal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Clusters</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>A row an image: id, cluster (0 where its features are not finite), first two main components.</source>
        <translation>Eine Zeile je Bild: Id, Cluster (0, wo seine Merkmale nicht endlich sind), die ersten zwei Hauptkomponenten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Correlations</source>
        <translation>Korrelationen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>A row a metric and column; needs records.</source>
        <translation>Eine Zeile je Maß und Spalte; braucht Einträge.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Clusters on the map</source>
        <translation>Cluster auf der Karte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Footprints coloured by cluster.</source>
        <translation>Umrisse, nach Clustern eingefärbt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Numbers that are missing (NaN)</source>
        <translation>Fehlende Zahlen (NaN)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Numbers that are infinite</source>
        <translation>Unendliche Zahlen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Features that do not vary</source>
        <translation>Merkmale ohne Streuung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Features that are always 0</source>
        <translation>Merkmale, die immer 0 sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Main components that explain 90 % of the variance</source>
        <translation>Hauptkomponenten, die 90 % der Varianz erklären</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Main components that explain 95 % of the variance</source>
        <translation>Hauptkomponenten, die 95 % der Varianz erklären</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Mean silhouette of the clusters</source>
        <translation>Mittlere Silhouette der Cluster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Records with features</source>
        <translation>Einträge mit Merkmalen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>Columns that correlate with the metric, at 5 % false discoveries</source>
        <translation>Spalten, die mit dem Maß korrelieren, bei 5 % falschen Entdeckungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/analyze_features.py"/>
        <source>R² of the metric on held-out records</source>
        <translation>R² des Maßes an zurückgehaltenen Einträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Balance tiles</source>
        <translation>Kacheln ausgleichen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Add training tiles of a rare class to a tile data set, so that a network meets it more often.</source>
        <translation>Einem Kacheldatensatz Trainingskacheln einer seltenen Klasse hinzufügen, damit ein Netz ihr öfter begegnet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>First, tiles that are rich in the class are entered several times. Then synthetic ones are made between rich tiles that are alike (SMOTE): their pixels lie between those of two parents and have the class of the nearer one; where the parents are of two classes and the other one makes up more than a third, a pixel has no class. Both steps end when the class has the share that is asked for in the labelled pixels of all training tiles. Tiles for validation and test stay as they are. Running it again replaces what was added before.</source>
        <translation>Zuerst werden Kacheln, die reich an der Klasse sind, mehrfach eingetragen. Dann entstehen synthetische zwischen reichen Kacheln, die sich ähneln (SMOTE): Ihre Pixel liegen zwischen denen zweier Eltern und haben die Klasse des näheren; wo die Eltern zwei Klassen haben und die andere mehr als ein Drittel ausmacht, hat ein Pixel keine Klasse. Beide Schritte enden, wenn die Klasse den verlangten Anteil an den Pixeln mit Klasse aller Trainingskacheln hat. Kacheln zur Validierung und für den Test bleiben, wie sie sind. Ein weiterer Lauf ersetzt, was vorher hinzugefügt wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>A folder made by Cut tiles.</source>
        <translation>Ein Ordner, erzeugt von Kacheln schneiden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Its name or id. Empty: the rarest in the training tiles.</source>
        <translation>Ihr Name oder ihre Id. Leer: die seltenste in den Trainingskacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Rich from</source>
        <translation>Reich ab</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>A tile is rich in the class from this share of its labelled pixels on.</source>
        <translation>Ab diesem Anteil an ihren Pixeln mit Klasse ist eine Kachel reich an der Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Copy rich tiles up to</source>
        <translation>Reiche Kacheln kopieren bis</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Share of the class in the labelled pixels of all training tiles, copies included. 0: no copies.</source>
        <translation>Anteil der Klasse an den Pixeln mit Klasse aller Trainingskacheln, Kopien eingeschlossen. 0: keine Kopien.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Then make synthetic tiles up to</source>
        <translation>Dann synthetische Kacheln erzeugen bis</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Share of the class likewise, synthetic tiles included. 0: no synthetic tiles.</source>
        <translation>Anteil der Klasse wie oben, synthetische Kacheln eingeschlossen. 0: keine synthetischen Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Neighbours</source>
        <translation>Nachbarn</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Towards how many of the rich tiles most like it a synthetic tile may lie.</source>
        <translation>Zu wie vielen der ihr ähnlichsten reichen Kacheln hin eine synthetische Kachel liegen darf.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>What was added.</source>
        <translation>Was hinzugefügt wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Tiles rich in the class</source>
        <translation>Kacheln, die reich an der Klasse sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Copies</source>
        <translation>Kopien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Synthetic tiles</source>
        <translation>Synthetische Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>With copies and synthetic ones.</source>
        <translation>Mit Kopien und synthetischen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Share of the class before</source>
        <translation>Anteil der Klasse vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>In the labelled pixels of training tiles.</source>
        <translation>An den Pixeln mit Klasse der Trainingskacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/balance_tiles.py"/>
        <source>Share of the class after</source>
        <translation>Anteil der Klasse nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/build_patch_dataset.py"/>
        <source>Build patch data set</source>
        <translation>Datensatz aus Bildausschnitten erzeugen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/build_patch_dataset.py"/>
        <source>Make a checked, split and validated data set of image patches from training polygons in one go.</source>
        <translation>In einem Zug aus Trainingspolygonen einen geprüften, geteilten und validierten Datensatz aus Bildausschnitten erzeugen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/build_patch_dataset.py"/>
        <source>Runs Plan patches, Extract patches, Check patches, Describe patches, Split data set, Validate data set and Summarize data set. A run that was interrupted goes on where it was when it is started again with the same settings.</source>
        <translation>Führt Bildausschnitte planen, Bildausschnitte entnehmen, Bildausschnitte prüfen, Bildausschnitte beschreiben, Datensatz teilen, Datensatz validieren und Datensatz zusammenfassen aus. Ein unterbrochener Lauf geht weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Change between maps</source>
        <translation>Veränderung zwischen Karten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Compare two class maps of one place, such as those of two months.</source>
        <translation>Zwei Klassenkarten eines Ortes vergleichen, etwa die zweier Monate.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Gives the areas from each class to each in hectares, and a raster of the transitions. Each map's errors appear as change: unless both maps are accurate, estimate the area of change from a sample (Evaluate a map, on the transitions).</source>
        <translation>Ergibt die Flächen von jeder Klasse zu jeder in Hektar und ein Raster der Übergänge. Die Fehler jeder Karte erscheinen als Veränderung: Sind nicht beide Karten genau, schätzen Sie die veränderte Fläche aus einer Stichprobe (Karte bewerten, für die Übergänge).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Map before</source>
        <translation>Karte vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>A raster of class ids. It gives the pixel grid.</source>
        <translation>Ein Raster mit Klassen-Ids. Es gibt das Pixelgitter vor.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Map after</source>
        <translation>Karte nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Classes before</source>
        <translation>Klassen vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Names or ids, separated by commas, of the classes whose change is asked for, such as Forest. Empty: all.</source>
        <translation>Durch Kommas getrennte Namen oder Ids der Klassen, nach deren Veränderung gefragt ist, etwa Forest. Leer: alle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Classes after</source>
        <translation>Klassen nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Names or ids, separated by commas. Empty: all others.</source>
        <translation>Durch Kommas getrennte Namen oder Ids. Leer: alle anderen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Change</source>
        <translation>Veränderung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>One value a transition.</source>
        <translation>Ein Wert je Übergang.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Areas from class to class</source>
        <translation>Flächen von Klasse zu Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>In hectares.</source>
        <translation>In Hektar.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Changed area</source>
        <translation>Veränderte Fläche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Unchanged area</source>
        <translation>Unveränderte Fläche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Changed area of the chosen classes</source>
        <translation>Veränderte Fläche der gewählten Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>From the classes before to the classes after.</source>
        <translation>Von den Klassen vorher zu den Klassen nachher.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/change_between_maps.py"/>
        <source>Changed pixels</source>
        <translation>Veränderte Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Check patches</source>
        <translation>Bildausschnitte prüfen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Measure the pixels of all patches and give each patch a tier.</source>
        <translation>Die Pixel aller Bildausschnitte messen und jedem Bildausschnitt eine Stufe geben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>The tier depends on the share of missing values: excellent without any, good up to 10 %, acceptable up to 20 %, poor above. Negative, saturated and implausible values are told as well, and each band's mean, standard deviation, smallest and largest value.</source>
        <translation>Die Stufe hängt vom Anteil fehlender Werte ab: ausgezeichnet ohne fehlende, gut bis 10 %, annehmbar bis 20 %, darüber schlecht. Angegeben werden auch negative, gesättigte und unplausible Werte sowie Mittelwert, Standardabweichung, kleinster und größter Wert jedes Kanals.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Lowest plausible value</source>
        <translation>Niedrigster plausibler Wert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>In units of the image. Values below it are counted and told. Empty: no limit.</source>
        <translation>In Einheiten des Bildes. Werte darunter werden gezählt und angegeben. Leer: keine Grenze.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Highest plausible value</source>
        <translation>Höchster plausibler Wert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>In units of the image. Values above it are counted and told. Empty: no limit.</source>
        <translation>In Einheiten des Bildes. Werte darüber werden gezählt und angegeben. Leer: keine Grenze.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Saturated from</source>
        <translation>Gesättigt ab</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Values from here on are saturated. Empty: the largest value that a band's type can hold, such as 65535 for UInt16; for floating-point bands no value is saturated then.</source>
        <translation>Werte ab hier sind gesättigt. Leer: der größte Wert, den der Typ eines Kanals fassen kann, etwa 65535 bei UInt16; bei Gleitkommakanälen ist dann kein Wert gesättigt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Footprints by tier</source>
        <translation>Umrisse nach Stufe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>The outline of each patch, coloured by its tier.</source>
        <translation>Der Umriss jedes Bildausschnitts, nach seiner Stufe eingefärbt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Tiers, value ranges and pictures.</source>
        <translation>Stufen, Wertebereiche und Abbildungen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Number of patches checked</source>
        <translation>Anzahl geprüfter Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Share of missing values</source>
        <translation>Anteil fehlender Werte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>0 to 1.</source>
        <translation>0 bis 1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Excellent patches</source>
        <translation>Ausgezeichnete Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Nothing is missing.</source>
        <translation>Nichts fehlt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Good patches</source>
        <translation>Gute Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Up to 10 % is missing.</source>
        <translation>Bis zu 10 % fehlen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Acceptable patches</source>
        <translation>Annehmbare Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Up to 20 % is missing.</source>
        <translation>Bis zu 20 % fehlen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Poor patches</source>
        <translation>Schlechte Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>More than 20 % is missing.</source>
        <translation>Mehr als 20 % fehlen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Share of negative values</source>
        <translation>Anteil negativer Werte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Share of saturated values</source>
        <translation>Anteil gesättigter Werte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Share of values outside the plausible range</source>
        <translation>Anteil der Werte außerhalb des plausiblen Bereichs</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Smallest value</source>
        <translation>Kleinster Wert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_patches.py"/>
        <source>Largest value</source>
        <translation>Größter Wert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Check training polygons</source>
        <translation>Trainingspolygone prüfen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Look for mistakes in training polygons before anything is trained on them.</source>
        <translation>In Trainingspolygonen nach Fehlern suchen, bevor etwas mit ihnen trainiert wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Finds invalid outlines, missing classes, overlaps of different classes, polygons outside of the image or too small for it, duplicates, class ids with several names, and classes with few polygons. The findings come as a layer that shows each where it is, and as a report.</source>
        <translation>Findet ungültige Umrisse, fehlende Klassen, Überlappungen verschiedener Klassen, Polygone außerhalb des Bildes oder zu klein dafür, Dubletten, Klassen-Ids mit mehreren Namen und Klassen mit wenigen Polygonen. Die Befunde kommen als Layer, der jeden an seinem Ort zeigt, und als Bericht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons with a class each.</source>
        <translation>Polygone mit je einer Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Field with the class</source>
        <translation>Feld mit der Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Class ids (whole numbers) or class names.</source>
        <translation>Klassen-Ids (ganze Zahlen) oder Klassennamen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Field with the class name</source>
        <translation>Feld mit dem Klassennamen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Where the class field holds ids.</source>
        <translation>Wenn das Klassenfeld Ids enthält.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>One raster, or several whose bands together are the image. The first one gives the pixel grid; the others are resampled to it as they are read.</source>
        <translation>Ein Raster oder mehrere, deren Kanäle zusammen das Bild sind. Das erste gibt das Pixelgitter vor; die anderen werden beim Lesen darauf umgerechnet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Mosaic of tiles, instead of an image</source>
        <translation>Mosaik aus Kacheln statt eines Bildes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>A folder whose rasters together are one image, or the path of a tile index or of a STAC item collection (.json). Without image and mosaic, the tiles of YEAR and MONTH are looked up in the folder that the environment variable PLANET_MOSAIC_DIR names.</source>
        <translation>Ein Ordner, dessen Raster zusammen ein Bild sind, oder der Pfad eines Kachelindex oder einer STAC-Item-Collection (.json). Ohne Bild und Mosaik werden die Kacheln von YEAR und MONTH in dem Ordner gesucht, den die Umgebungsvariable PLANET_MOSAIC_DIR nennt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Resampling of further rasters</source>
        <translation>Umrechnung weiterer Raster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>How rasters with another pixel grid than the first are brought to it.</source>
        <translation>Wie Raster mit einem anderen Pixelgitter als dem des ersten darauf gebracht werden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Nearest neighbour</source>
        <translation>Nächster Nachbar</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Bilinear</source>
        <translation>Bilinear</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Cubic</source>
        <translation>Kubisch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Average (for a second raster with much smaller pixels)</source>
        <translation>Mittelwert (für ein zweites Raster mit viel kleineren Pixeln)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Year</source>
        <translation>Jahr</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Year of the imagery, for file names and the catalogue.</source>
        <translation>Jahr der Bilddaten, für Dateinamen und den Katalog.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Month</source>
        <translation>Monat</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Month of the imagery, 1 to 12.</source>
        <translation>Monat der Bilddaten, 1 bis 12.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Pixels in a polygon, at least</source>
        <translation>Pixel in einem Polygon, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons in a class, at least</source>
        <translation>Polygone in einer Klasse, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Number of polygons</source>
        <translation>Anzahl der Polygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons that are useless or wrong.</source>
        <translation>Polygone, die unbrauchbar oder falsch sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Invalid or missing outlines</source>
        <translation>Ungültige oder fehlende Umrisse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Overlaps of different classes</source>
        <translation>Überlappungen verschiedener Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons without class</source>
        <translation>Polygone ohne Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons outside the image, wholly or in part</source>
        <translation>Polygone ganz oder teilweise außerhalb des Bildes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Polygons with too few pixels</source>
        <translation>Polygone mit zu wenigen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/check_training_polygons.py"/>
        <source>Classes with too few polygons</source>
        <translation>Klassen mit zu wenigen Polygonen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Compare models</source>
        <translation>Modelle vergleichen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Compare evaluations, or maps at one reference: differences of all metrics, and whether they are more than luck.</source>
        <translation>Bewertungen oder Karten an einer Referenz vergleichen: die Unterschiede aller Maße, und ob sie mehr als Zufall sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Evaluations are files of metrics that Evaluate a map wrote, or any JSON file of numbers by name. They give a table with the differences to the first one, such as for an ablation: what did each part of a model give?</source>
        <translation>Bewertungen sind Dateien mit Maßen, die Karte bewerten geschrieben hat, oder eine beliebige JSON-Datei mit Zahlen und ihren Namen. Sie ergeben eine Tabelle mit den Unterschieden zur ersten, etwa für eine Ablationsstudie: Was hat jeder Teil eines Modells gebracht?</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Maps with a reference are compared pixel by pixel: McNemar's test for every two of them (exact where they differ on fewer than 25 pixels), and 95 % intervals of the differences by a paired bootstrap. Pixels beside one another are alike, so McNemar's test by pixel makes a difference look surer than it is; the bootstrap draws whole polygons, blocks of tiles or squares instead, and a sign test counts in how many of these each map is better. Where the maps differ, also beside the reference, is a raster.</source>
        <translation>Karten mit einer Referenz werden Pixel für Pixel verglichen: McNemar-Test für je zwei von ihnen (exakt, wo sie sich an weniger als 25 Pixeln unterscheiden) und 95-%-Intervalle der Unterschiede aus einem gepaarten Bootstrap. Pixel nebeneinander ähneln sich, darum lässt der McNemar-Test nach Pixeln einen Unterschied sicherer aussehen, als er ist; der Bootstrap zieht stattdessen ganze Polygone, Blöcke von Kacheln oder Quadrate, und ein Vorzeichentest zählt, in wie vielen davon jede Karte besser ist. Wo sich die Karten unterscheiden, auch neben der Referenz, ist ein Raster.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Evaluations</source>
        <translation>Bewertungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Metrics of two or more maps, as Evaluate a map writes them.</source>
        <translation>Maße von zwei oder mehr Karten, wie Karte bewerten sie schreibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Two or more rasters of class ids of one place, to be compared at one reference. The first one gives the pixel grid.</source>
        <translation>Zwei oder mehr Raster mit Klassen-Ids eines Ortes, die an einer Referenz verglichen werden. Das erste gibt das Pixelgitter vor.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>What the evaluations and then the maps are called in tables, separated by commas or lines. Empty: the names of the files.</source>
        <translation>Wie die Bewertungen und dann die Karten in Tabellen heißen, durch Kommas oder Zeilen getrennt. Leer: die Namen der Dateien.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Table of metrics</source>
        <translation>Tabelle der Maße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Table of metrics as Markdown</source>
        <translation>Tabelle der Maße als Markdown</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>To paste into a text.</source>
        <translation>Zum Einfügen in einen Text.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Disagreement</source>
        <translation>Abweichung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>How many different classes the maps show at each pixel.</source>
        <translation>Wie viele verschiedene Klassen die Karten an jedem Pixel zeigen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Picture of the disagreement</source>
        <translation>Abbildung der Abweichung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>With its legend.</source>
        <translation>Mit ihrer Legende.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>The best</source>
        <translation>Das beste</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Its place, from 1, by kappa or else the first metric that all have.</source>
        <translation>Seine Stelle, ab 1 gezählt, nach Kappa oder sonst dem ersten Maß, das alle haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Difference of overall accuracy</source>
        <translation>Unterschied der Gesamtgenauigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>The best of the others minus the first.</source>
        <translation>Das beste der anderen minus das erste.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Difference of kappa</source>
        <translation>Unterschied von Kappa</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>McNemar's p</source>
        <translation>p nach McNemar</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Of the first map and the best of the others; by pixel.</source>
        <translation>Der ersten Karte und der besten der anderen; nach Pixeln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Share of the maps' pixels on which they differ</source>
        <translation>Anteil der Pixel der Karten, an denen sie sich unterscheiden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Reference pixels compared</source>
        <translation>Verglichene Referenzpixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/compare_models.py"/>
        <source>Reference pixels left out</source>
        <translation>Ausgelassene Referenzpixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Create demo scene</source>
        <translation>Demoszene erzeugen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Demo</source>
        <translation>Demo</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Create a synthetic satellite scene with digitized training polygons and an independent reference.</source>
        <translation>Eine synthetische Satellitenszene mit digitalisierten Trainingspolygonen und einer unabhängigen Referenz erzeugen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>The scene looks like a Sentinel-2 composite of farmland with a town, forests and a river: six bands (B2, B3, B4, B8, B11, B12), 10 m, reflectance × 10000, some cloud and nodata. Everything in it is computed.</source>
        <translation>Die Szene sieht aus wie ein Sentinel-2-Komposit von Ackerland mit einer Stadt, Wäldern und einem Fluss: sechs Kanäle (B2, B3, B4, B8, B11, B12), 10 m, Reflektanz × 10000, etwas Bewölkung und Nodata. Alles darin ist berechnet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Edge of the scene</source>
        <translation>Kantenlänge der Szene</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Reference points</source>
        <translation>Referenzpunkte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Placed at random over the whole scene, away from the training polygons.</source>
        <translation>Zufällig über die ganze Szene verteilt, abseits der Trainingspolygone.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Random seed</source>
        <translation>Startwert des Zufalls</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>The same seed gives the same result.</source>
        <translation>Derselbe Startwert ergibt dasselbe Ergebnis.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Jobs at once</source>
        <translation>Aufträge zugleich</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Empty: one for each core. The result does not depend on it.</source>
        <translation>Leer: einer je Kern. Das Ergebnis hängt nicht davon ab.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Training polygons</source>
        <translation>Trainingspolygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>True land cover</source>
        <translation>Wahre Landbedeckung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>True flood risk</source>
        <translation>Wahres Überflutungsrisiko</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Low, medium or high, for trying out networks with ordered classes. Water has none; the middle class is rare.</source>
        <translation>Niedrig, mittel oder hoch, zum Ausprobieren von Netzen mit geordneten Klassen. Wasser hat keines; die mittlere Klasse ist selten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Number of training polygons</source>
        <translation>Anzahl der Trainingspolygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_demo_scene.py"/>
        <source>Number of reference points</source>
        <translation>Anzahl der Referenzpunkte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Create training layer</source>
        <translation>Trainingslayer anlegen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Create an empty polygon layer for training polygons, with its classes.</source>
        <translation>Einen leeren Polygonlayer für Trainingspolygone anlegen, mit seinen Klassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>The GeoPackage holds the polygons and the class table. Its style shows each class in its colour, and its form offers the classes by name and refuses a polygon without one.</source>
        <translation>Das GeoPackage enthält die Polygone und die Klassentabelle. Sein Stil zeigt jede Klasse in ihrer Farbe, und sein Formular bietet die Klassen mit Namen an und weist ein Polygon ohne Klasse zurück.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>A ready class table; the one below wins.</source>
        <translation>Eine fertige Klassentabelle; die untere geht vor.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Agriculture, forest, parcels, urban, water</source>
        <translation>Landwirtschaft, Wald, Parzellen, Siedlung, Wasser</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>The six land-use categories of the IPCC</source>
        <translation>Die sechs Landnutzungskategorien des IPCC</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Forest, degraded forest, cleared, other vegetation, water</source>
        <translation>Wald, degradierter Wald, gerodet, andere Vegetation, Wasser</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Low, medium, high</source>
        <translation>Niedrig, mittel, hoch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Class table</source>
        <translation>Klassentabelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>One class a line as id:name:#colour, or the path of a CSV file with the columns id, name and colour. Empty: taken from the layer.</source>
        <translation>Eine Klasse je Zeile als id:name:#colour, oder der Pfad einer CSV-Datei mit den Spalten id, name und colour. Leer: aus dem Layer übernommen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Coordinate reference system</source>
        <translation>Koordinatenbezugssystem (KBS)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Best that of the image.</source>
        <translation>Am besten das des Bildes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/create_training_layer.py"/>
        <source>Number of classes</source>
        <translation>Anzahl der Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Cut tiles</source>
        <translation>Kacheln schneiden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tile data sets</source>
        <translation>Kacheldatensätze</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Cut an image and its labels into pairs of image and mask, from which a network learns to map every pixel.</source>
        <translation>Ein Bild und seine Klassen in Paare aus Bild und Maske schneiden, aus denen ein Netz lernt, jedes Pixel zu kartieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Labels are a raster of class ids, or polygons: pixels under no polygon, under polygons of two classes, without data and outside of the area of interest have no class and count for nothing. The tiles are split into training, validation and test by spatial blocks, chosen so that each class has about the same share in all three. A tile lies wholly in one block, so no pixel is in two parts, whatever the overlap. Or draw the areas of the parts yourself.</source>
        <translation>Die Klassen kommen aus einem Raster mit Klassen-Ids oder aus Polygonen: Pixel unter keinem Polygon, unter Polygonen zweier Klassen, ohne Daten und außerhalb des Untersuchungsgebiets haben keine Klasse und zählen nicht. Die Kacheln werden nach räumlichen Blöcken auf Training, Validierung und Test verteilt, so gewählt, dass jede Klasse in allen dreien etwa denselben Anteil hat. Eine Kachel liegt ganz in einem Block, so ist kein Pixel in zwei Teilen, wie groß die Überlappung auch ist. Oder Sie zeichnen die Gebiete der Teile selbst.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Label raster</source>
        <translation>Klassenraster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>A raster of class ids. On another pixel grid than the image it is brought to it by the nearest pixel. Names and colours of the classes come from its tags, attribute table or colour table.</source>
        <translation>Ein Raster mit Klassen-Ids. Hat es ein anderes Pixelgitter als das Bild, wird es nach dem nächsten Pixel darauf gebracht. Namen und Farben der Klassen kommen aus seinen Tags, seiner Attributtabelle oder seiner Farbtabelle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Value without class</source>
        <translation>Wert ohne Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Value of the label raster that stands for no class, beside its nodata.</source>
        <translation>Wert des Klassenrasters, der für keine Klasse steht, neben seinem Nodata.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Training polygons, instead of a raster</source>
        <translation>Trainingspolygone statt eines Rasters</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>The order of the classes means something</source>
        <translation>Die Reihenfolge der Klassen hat eine Bedeutung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Such as low, medium, high risk, in the order of the class ids: networks can then learn that low for high is worse than low for medium. Classes without colours of their own get a ramp from light to dark.</source>
        <translation>Etwa niedriges, mittleres, hohes Risiko, in der Reihenfolge der Klassen-Ids: Netze können dann lernen, dass niedrig statt hoch schlimmer ist als niedrig statt mittel. Klassen ohne eigene Farben bekommen einen Verlauf von hell nach dunkel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Edge of a tile</source>
        <translation>Kantenlänge einer Kachel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tiles are squares. Networks want multiples of 32.</source>
        <translation>Kacheln sind quadratisch. Netze verlangen Vielfache von 32.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Overlap</source>
        <translation>Überlappung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>How far neighbouring tiles of a block overlap. The last tile of a block is moved back to end with it.</source>
        <translation>Wie weit benachbarte Kacheln eines Blocks sich überlappen. Die letzte Kachel eines Blocks wird zurückgeschoben, sodass sie mit ihm endet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Labelled share of a tile, at least</source>
        <translation>Anteil einer Kachel mit Klasse, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tiles with a smaller share of pixels with a class are left out; those without any always are.</source>
        <translation>Kacheln mit einem kleineren Anteil an Pixeln mit Klasse werden ausgelassen; die ganz ohne immer.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Share of a tile with data, at least</source>
        <translation>Anteil einer Kachel mit Daten, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tiles with a smaller share of pixels with data in all bands are left out.</source>
        <translation>Kacheln mit einem kleineren Anteil an Pixeln mit Daten in allen Kanälen werden ausgelassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Of the tiles and of each class's pixels. 0: no validation part.</source>
        <translation>Der Kacheln und der Pixel jeder Klasse. 0: kein Validierungsteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Of the tiles and of each class's pixels. 0: no test part.</source>
        <translation>Der Kacheln und der Pixel jeder Klasse. 0: kein Testteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Edge of a block</source>
        <translation>Kantenlänge eines Blocks</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>A block stands whole in one part. Larger ones keep the parts further apart, smaller ones are easier to split evenly. Empty: up to 4, as long as there are blocks enough.</source>
        <translation>Ein Block steht ganz in einem Teil. Größere halten die Teile weiter auseinander, kleinere lassen sich leichter gleichmäßig verteilen. Leer: bis zu 4, solange es genug Blöcke gibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Areas of the parts, instead of blocks</source>
        <translation>Gebiete der Teile statt Blöcken</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Polygons that say where training, validation and test are. A tile counts where it lies wholly in one.</source>
        <translation>Polygone, die sagen, wo Training, Validierung und Test sind. Eine Kachel zählt, wo sie ganz in einem liegt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Field with the part</source>
        <translation>Feld mit dem Teil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Holds train, val or test.</source>
        <translation>Enthält train, val oder test.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Cut anew, and then remove the tiles that the folder has held. Files of your own stay.</source>
        <translation>Neu schneiden und dann die Kacheln entfernen, die der Ordner bisher enthielt. Ihre eigenen Dateien bleiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tile data set</source>
        <translation>Kacheldatensatz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>The tiles' outlines by part, with the share of each class.</source>
        <translation>Die Umrisse der Kacheln nach Teil, mit dem Anteil jeder Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>The blocks of the split by part.</source>
        <translation>Die Blöcke der Teilung, nach Teil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>What was cut and how it was split.</source>
        <translation>Was geschnitten und wie es geteilt wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Number of tiles</source>
        <translation>Anzahl der Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Training tiles</source>
        <translation>Trainingskacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Validation tiles</source>
        <translation>Validierungskacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Test tiles</source>
        <translation>Testkacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Tiles left out</source>
        <translation>Ausgelassene Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>With too few labelled pixels or too little data.</source>
        <translation>Mit zu wenigen Pixeln mit Klasse oder zu wenig Daten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Blocks with tiles</source>
        <translation>Blöcke mit Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Labelled share</source>
        <translation>Anteil mit Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Of the pixels of all tiles.</source>
        <translation>An den Pixeln aller Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Share of the rarest class</source>
        <translation>Anteil der seltensten Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Of the labelled pixels of all tiles.</source>
        <translation>An den Pixeln mit Klasse aller Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Labelled pixels without class</source>
        <translation>Gekennzeichnete Pixel ohne Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/cut_tiles.py"/>
        <source>Under polygons of two classes, or with a value that is no class.</source>
        <translation>Unter Polygonen zweier Klassen oder mit einem Wert, der keine Klasse ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Degrade tiles</source>
        <translation>Kacheln verschlechtern</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Make tiles worse on purpose, so that a refiner can be trained on pairs of degraded and good tiles, and tried out.</source>
        <translation>Kacheln absichtlich verschlechtern, damit ein Verfeinerer an Paaren verschlechterter und guter Kacheln trainiert und ausprobiert werden kann.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Bands are shifted against each other, blurred, changed in contrast and gain, seen through haze, and noise is added. 0 switches any of these off. Results hold the array opt_v1 and keep the names and all metadata, so the two folders are what Train refiner takes as tiles and targets; what was done to a tile is in its NAME.json under degraded. It depends on the seed and the tile's name alone. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on.</source>
        <translation>Kanäle werden gegeneinander verschoben, unscharf gemacht, in Kontrast und Verstärkung verändert und durch Dunst gesehen, und Rauschen kommt hinzu. 0 schaltet das jeweils ab. Die Ergebnisse enthalten das Array opt_v1 und behalten Namen und alle Metadaten, so sind die beiden Ordner das, was Verfeinerer trainieren als Kacheln und Ziele annimmt; was mit einer Kachel geschah, steht in ihrer NAME.json unter degraded. Es hängt nur vom Startwert des Zufalls und vom Namen der Kachel ab. Eine unbrauchbare Kachel wird in failed_tiles.csv aufgeführt, und der Lauf geht weiter.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>A folder of good tile files, such as those of Cut raster into tile files.</source>
        <translation>Ein Ordner guter Kacheldateien, etwa denen von Raster in Kacheldateien schneiden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Name of the array with reflectance that is degraded.</source>
        <translation>Name des Arrays mit Reflektanz, das verschlechtert wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Blur</source>
        <translation>Unschärfe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Standard deviation of a Gaussian.</source>
        <translation>Standardabweichung einer Gaußkurve.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Standard deviation, in reflectance from 0 to 1.</source>
        <translation>Standardabweichung, in Reflektanz von 0 bis 1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Shift of bands</source>
        <translation>Verschiebung der Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Each band is moved by its own random part of a pixel, up to this much in either direction.</source>
        <translation>Jeder Kanal wird um einen eigenen zufälligen Teil eines Pixels verschoben, höchstens um so viel in jede Richtung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Change of contrast</source>
        <translation>Änderung des Kontrasts</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>By up to which share the distance of values from their mean grows or shrinks, band by band.</source>
        <translation>Um bis zu welchem Anteil der Abstand der Werte von ihrem Mittel wächst oder schrumpft, Kanal für Kanal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Change of gain</source>
        <translation>Änderung der Verstärkung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>By up to which share all values grow or shrink, band by band.</source>
        <translation>Um bis zu welchem Anteil alle Werte wachsen oder schrumpfen, Kanal für Kanal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Haze</source>
        <translation>Dunst</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Optical thickness at the blue band; it is less at longer wavelengths. 0.1 is a clear day, 1 is dense.</source>
        <translation>Optische Dicke im blauen Kanal; bei größeren Wellenlängen ist sie geringer. 0.1 ist ein klarer Tag, 1 ist dicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Each tile by its own amounts</source>
        <translation>Jede Kachel mit eigener Stärke</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Blur, noise and haze are drawn from 0 to the numbers above, tile by tile, and haze is patchy. Else they are the same for all tiles.</source>
        <translation>Unschärfe, Rauschen und Dunst werden Kachel für Kachel zwischen 0 und den Zahlen oben gezogen, und der Dunst ist fleckig. Sonst sind sie bei allen Kacheln gleich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Degraded tiles</source>
        <translation>Verschlechterte Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Tile files with the array opt_v1.</source>
        <translation>Kacheldateien mit dem Array opt_v1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Tiles degraded</source>
        <translation>Anzahl verschlechterter Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Tiles that could not be used; failed_tiles.csv lists them</source>
        <translation>Kacheln, die nicht zu verwenden waren; failed_tiles.csv führt sie auf</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Mean PSNR</source>
        <translation>Mittlerer PSNR</translation>
    </message>
    <message>
        <location filename="../landloom/stages/degrade_tiles.py"/>
        <source>Of degraded tiles against the good ones.</source>
        <translation>Der verschlechterten Kacheln gegenüber den guten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Describe map tiles</source>
        <translation>Kartenkacheln beschreiben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Features and quality</source>
        <translation>Merkmale und Qualität</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Cut a map and its image into tiles and describe each: how sure the map is, how its classes lie, what the image is like; and, where there is a reference, how good it is.</source>
        <translation>Eine Karte und ihr Bild in Kacheln schneiden und jede beschreiben: wie sicher die Karte ist, wie ihre Klassen liegen, wie das Bild ist; und, wo es eine Referenz gibt, wie gut sie ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Gives the image of each tile, from which features can be extracted, and a table of records with the parameters mean_entropy, mean_confidence, edge_density (share of neighbouring pixels with different classes), region_density (connected regions a pixel), share_ and the id of each class, mean_ and deviation_ of each band and others; and with a reference the metrics accuracy, mean_f1 and kappa of each tile, and how many pixels they come from. Learn a quality model from maps with a reference, and predict with it for maps without one.</source>
        <translation>Ergibt das Bild jeder Kachel, aus dem sich Merkmale berechnen lassen, und eine Tabelle von Einträgen mit den Parametern mean_entropy, mean_confidence, edge_density (Anteil benachbarter Pixel mit verschiedenen Klassen), region_density (zusammenhängende Flächen je Pixel), share_ und der Id jeder Klasse, mean_ und deviation_ jedes Kanals und anderen; mit einer Referenz auch die Maße accuracy, mean_f1 und kappa jeder Kachel und aus wie vielen Pixeln sie kommen. Lernen Sie ein Qualitätsmodell an Karten mit einer Referenz, und sagen Sie damit für Karten ohne eine voraus.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>The reference must not be what the map's model was trained on, else the model learns too high a quality.</source>
        <translation>Die Referenz darf nicht das sein, woran das Modell der Karte trainiert wurde, sonst lernt das Qualitätsmodell eine zu hohe Qualität.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>A raster of class ids. Its pixel grid is that of the tiles.</source>
        <translation>Ein Raster mit Klassen-Ids. Sein Pixelgitter ist das der Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Made with the map by Map with a model.</source>
        <translation>Mit der Karte erzeugt von Mit einem Modell kartieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Made with the map by Map with a model. Entropy, confidence and margin come from them where those rasters are not given.</source>
        <translation>Mit der Karte erzeugt von Mit einem Modell kartieren. Daraus kommen Entropie, Konfidenz und Abstand, wo deren Raster nicht angegeben sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Reference</source>
        <translation>Referenz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>A raster with the true class ids, where they are known.</source>
        <translation>Ein Raster mit den wahren Klassen-Ids, wo sie bekannt sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Value of the reference without class</source>
        <translation>Wert der Referenz ohne Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Such as 0. Empty: only its nodata.</source>
        <translation>Etwa 0. Leer: nur ihr Nodata.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of each tile's image.</source>
        <translation>Des Bildes jeder Kachel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Mapped share, at least</source>
        <translation>Kartierter Anteil, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of a tile's pixels; tiles with less are left out, also at the map's right and lower border.</source>
        <translation>An den Pixeln einer Kachel; Kacheln mit weniger werden ausgelassen, auch am rechten und unteren Rand der Karte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Share with reference, at least</source>
        <translation>Anteil mit Referenz, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of a tile's mapped pixels; with less its metrics count as unknown.</source>
        <translation>An den kartierten Pixeln einer Kachel; mit weniger gelten ihre Maße als unbekannt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Mean and deviation of each band as parameters</source>
        <translation>Mittelwert und Standardabweichung jedes Kanals als Parameter</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>How bright the image is, and how varied.</source>
        <translation>Wie hell das Bild ist und wie abwechslungsreich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Scene</source>
        <translation>Szene</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Name of the scene, which records that belong together share as their group. Empty: the map's file name.</source>
        <translation>Name der Szene, den zusammengehörige Einträge als ihre Gruppe teilen. Leer: der Dateiname der Karte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Tiles a side of a group</source>
        <translation>Kacheln je Seite einer Gruppe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Cuts the scene into blocks of so many by so many tiles, each a group of records of its own, so that a single scene can be split. Empty: the whole scene is one group.</source>
        <translation>Schneidet die Szene in Blöcke von so vielen mal so vielen Kacheln, jeder eine eigene Gruppe von Einträgen, damit sich auch eine einzelne Szene teilen lässt. Leer: Die ganze Szene ist eine Gruppe.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Name of the model that made the map.</source>
        <translation>Name des Modells, das die Karte erzeugt hat.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Add to the records that are there</source>
        <translation>Zu den vorhandenen Einträgen hinzufügen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Keeps the tiles and records of other scenes, so that several maps make one table. Those of the same scene are replaced.</source>
        <translation>Behält die Kacheln und Einträge anderer Szenen, sodass mehrere Karten eine Tabelle ergeben. Die derselben Szene werden ersetzt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>A new or empty folder for the tiles' images.</source>
        <translation>Ein neuer oder leerer Ordner für die Bilder der Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Records</source>
        <translation>Einträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>The table of the tiles.</source>
        <translation>Die Tabelle der Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>The tiles' outlines with all that is known.</source>
        <translation>Die Umrisse der Kacheln mit allem, was bekannt ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of this map.</source>
        <translation>Dieser Karte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Number of records</source>
        <translation>Anzahl der Einträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>With those that were there.</source>
        <translation>Mit denen, die schon da waren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of this map, with too little data.</source>
        <translation>Dieser Karte, mit zu wenig Daten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Tiles with a reference</source>
        <translation>Kacheln mit einer Referenz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Number of groups</source>
        <translation>Anzahl der Gruppen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Of all records.</source>
        <translation>Aller Einträge.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_map_tiles.py"/>
        <source>Mean accuracy of the tiles with a reference</source>
        <translation>Mittlere Genauigkeit der Kacheln mit einer Referenz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_patches.py"/>
        <source>Describe patches</source>
        <translation>Bildausschnitte beschreiben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_patches.py"/>
        <source>Write a table with a row a patch, and statistics of the whole data set.</source>
        <translation>Eine Tabelle mit einer Zeile je Bildausschnitt und die Statistik des ganzen Datensatzes schreiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_patches.py"/>
        <source>The table joins the plan, the log of the extraction, the quality report and, where there is one, the split. The statistics hold the number of patches by class and tier, and each band's mean and standard deviation over all pixels.</source>
        <translation>Die Tabelle verbindet den Plan, das Protokoll der Entnahme, den Qualitätsbericht und, wo es sie gibt, die Teilung. Die Statistik enthält die Anzahl der Bildausschnitte nach Klasse und Stufe sowie Mittelwert und Standardabweichung jedes Kanals über alle Pixel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/describe_patches.py"/>
        <source>Statistics by class and band.</source>
        <translation>Statistik nach Klasse und Kanal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Evaluate a map</source>
        <translation>Karte bewerten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Compare a class map with reference polygons, points, a reference raster or the masks of a tile data set.</source>
        <translation>Eine Klassenkarte mit Referenzpolygonen, Punkten, einem Referenzraster oder den Masken eines Kacheldatensatzes vergleichen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Gives the confusion matrix, overall accuracy, kappa, accuracy, F1 and IoU a class with 95 % intervals, in which each pixel of the reference counts alike; and beside them the same weighted by the areas of the map's classes, and estimated areas (Olofsson et al. 2014). Use a reference that the model has not been trained on.</source>
        <translation>Ergibt die Konfusionsmatrix, Gesamtgenauigkeit, Kappa, Genauigkeit, F1 und IoU je Klasse mit 95-%-Intervallen, wobei jedes Pixel der Referenz gleich zählt; und daneben dieselben, gewichtet mit den Flächen der Klassen der Karte, und geschätzte Flächen (Olofsson et al. 2014). Verwenden Sie eine Referenz, an der das Modell nicht trainiert wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Places of a review that were drawn at random, or any points with their stratum and weight, are evaluated by the design of that sample, whatever the map's classes are: all scores and areas are estimated for the whole map, each place counting for the area that it stands for (Stehman 2014, Stehman and Foody 2019). Places that were chosen where the map is unsure say nothing about the map as a whole, so no area is estimated from them.</source>
        <translation>Zufällig gezogene Orte einer Prüfung oder beliebige Punkte mit Stratum und Gewicht werden nach dem Plan dieser Stichprobe bewertet, was auch immer die Klassen der Karte sind: Alle Maße und Flächen werden für die ganze Karte geschätzt, und jeder Ort zählt für die Fläche, für die er steht (Stehman 2014, Stehman und Foody 2019). Orte, die gewählt wurden, wo die Karte unsicher ist, sagen nichts über die Karte als Ganzes, darum wird aus ihnen keine Fläche geschätzt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>With the probabilities that were made with the map, also how well they are calibrated: the expected calibration error in 15 bins (Guo et al. 2017), the Brier score and a reliability plot.</source>
        <translation>Mit den Wahrscheinlichkeiten, die mit der Karte erzeugt wurden, auch, wie gut sie kalibriert sind: der erwartete Kalibrierungsfehler in 15 Intervallen (Guo et al. 2017), der Brier-Score und ein Zuverlässigkeitsdiagramm.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>A file of targets gets a verdict a target: met, missed or cannot be decided, and whether the 95 % interval settles it. As JSON it is written {"kappa": "&gt;= 0.48", "precision[Medium]": "&gt;= 0.22", "recall[High]": 0.93, "rho": "&gt;= 0.58"}; as CSV it has the columns metric, class and target. Metrics of the whole map are overall_accuracy, balanced_accuracy, kappa, mean_f1, mean_iou, adjusted_accuracy, with an order of the classes kappa_linear, kappa_quadratic, rho, mean_absolute_class_error, with probabilities ece, maximum_calibration_error, brier; of a class precision, recall, f1, iou, adjusted_precision and adjusted_recall.</source>
        <translation>Eine Datei mit Zielen ergibt ein Urteil je Ziel: erreicht, verfehlt oder nicht zu entscheiden, und ob das 95-%-Intervall es klärt. Als JSON schreibt man sie {"kappa": "&gt;= 0.48", "precision[Medium]": "&gt;= 0.22", "recall[High]": 0.93, "rho": "&gt;= 0.58"}; als CSV hat sie die Spalten metric, class und target. Maße der ganzen Karte sind overall_accuracy, balanced_accuracy, kappa, mean_f1, mean_iou, adjusted_accuracy, mit einer Reihenfolge der Klassen kappa_linear, kappa_quadratic, rho, mean_absolute_class_error, mit Wahrscheinlichkeiten ece, maximum_calibration_error, brier; einer Klasse precision, recall, f1, iou, adjusted_precision und adjusted_recall.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>A raster of class ids.</source>
        <translation>Ein Raster mit Klassen-Ids.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Reference polygons or points</source>
        <translation>Referenzpolygone oder -punkte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Features whose class is known, such as the places of a review.</source>
        <translation>Objekte, deren Klasse bekannt ist, etwa die Orte einer Prüfung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Class ids as in the map, or class names.</source>
        <translation>Klassen-Ids wie in der Karte oder Klassennamen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Field with the stratum</source>
        <translation>Feld mit dem Stratum</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>For points that were drawn at random within strata, whether these are the map's classes or not. The places of a review know theirs by themselves.</source>
        <translation>Für Punkte, die innerhalb von Strata zufällig gezogen wurden, seien diese die Klassen der Karte oder nicht. Die Orte einer Prüfung kennen ihres von selbst.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Field with the weight</source>
        <translation>Feld mit dem Gewicht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>How many pixels of the map each point stands for: the pixels of its stratum divided by the points drawn there. Points without a class belong into the layer, too.</source>
        <translation>Für wie viele Pixel der Karte jeder Punkt steht: die Pixel seines Stratums geteilt durch die dort gezogenen Punkte. Auch Punkte ohne Klasse gehören in den Layer.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Reference raster, instead of features</source>
        <translation>Referenzraster statt Objekten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Tile data set, instead of features</source>
        <translation>Kacheldatensatz statt Objekten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>A folder made by Cut tiles; its masks are the reference. Where tiles overlap, each pixel counts once.</source>
        <translation>Ein Ordner, erzeugt von Kacheln schneiden; seine Masken sind die Referenz. Wo Kacheln sich überlappen, zählt jedes Pixel einmal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Part of the tile data set</source>
        <translation>Teil des Kacheldatensatzes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Networks learn from the training tiles and are chosen by the validation tiles: only the test tiles are unseen.</source>
        <translation>Netze lernen aus den Trainingskacheln und werden nach den Validierungskacheln gewählt: Nur die Testkacheln sind ungesehen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Test</source>
        <translation>Test</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Probabilities, for calibration</source>
        <translation>Wahrscheinlichkeiten, zur Kalibrierung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>A raster with a band a class, made with the map by Map with a model: whole percents or numbers from 0 to 1. Whole percents are rounded, which by itself makes an error of up to 0.005.</source>
        <translation>Ein Raster mit einem Kanal je Klasse, mit der Karte erzeugt von Mit einem Modell kartieren: ganze Prozent oder Zahlen von 0 bis 1. Ganze Prozent sind gerundet, was für sich schon einen Fehler von bis zu 0.005 ausmacht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>What the map is to reach, such as {"kappa": "&gt;= 0.48", "recall[High]": 0.93}; see above. A number without a sign is the least that is asked, of an error the most that is allowed.</source>
        <translation>Was die Karte erreichen soll, etwa {"kappa": "&gt;= 0.48", "recall[High]": 0.93}; siehe oben. Eine Zahl ohne Zeichen ist das Mindeste, was verlangt wird, bei einem Fehler das Höchste, was erlaubt ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Only reference features that touch it are used, or pixels of the reference raster or tiles inside it; areas are those of the map inside it.</source>
        <translation>Nur Referenzobjekte, die es berühren, werden verwendet, oder Pixel des Referenzrasters oder der Kacheln darin; Flächen sind die der Karte darin.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>The classes have an order</source>
        <translation>Die Klassen haben eine Reihenfolge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>As low, medium, high risk by their ids: also gives rho, weighted kappa and mean class error. A tile data set may say so itself; then they are given anyway.</source>
        <translation>Etwa niedriges, mittleres, hohes Risiko nach ihren Ids: ergibt auch rho, gewichtetes Kappa und den mittleren Klassenfehler. Ein Kacheldatensatz kann es selbst angeben; dann gibt es sie ohnehin.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Metrics</source>
        <translation>Maße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>All numbers.</source>
        <translation>Alle Zahlen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Confusion matrix</source>
        <translation>Konfusionsmatrix</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Counts of pixels or places.</source>
        <translation>Anzahlen von Pixeln oder Orten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>All scores</source>
        <translation>Alle Maße mit Urteil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>A row a score, with its 95 % interval, target and verdict.</source>
        <translation>Eine Zeile je Maß, mit seinem 95-%-Intervall, Ziel und Urteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Cohen's kappa</source>
        <translation>Cohens Kappa</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Overall accuracy, area-adjusted</source>
        <translation>Gesamtgenauigkeit, flächenbereinigt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Half of its 95 % interval</source>
        <translation>Die Hälfte ihres 95-%-Intervalls</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Quadratically weighted kappa</source>
        <translation>Quadratisch gewichtetes Kappa</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Where the classes have an order.</source>
        <translation>Wo die Klassen eine Reihenfolge haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Spearman's rho</source>
        <translation>Spearmans rho</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Mean absolute class error</source>
        <translation>Mittlerer absoluter Klassenfehler</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Expected calibration error</source>
        <translation>Erwarteter Kalibrierungsfehler</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Where probabilities were given.</source>
        <translation>Wo Wahrscheinlichkeiten angegeben wurden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Targets met</source>
        <translation>Erreichte Ziele</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Where targets were given.</source>
        <translation>Wo Ziele angegeben wurden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Targets missed</source>
        <translation>Verfehlte Ziele</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Targets that cannot be decided</source>
        <translation>Nicht zu entscheidende Ziele</translation>
    </message>
    <message>
        <location filename="../landloom/stages/evaluate.py"/>
        <source>Pixels compared</source>
        <translation>Verglichene Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Export model</source>
        <translation>Modell exportieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Write a model's card, the model as ONNX file for other programs, and a folder to hand over together with a map.</source>
        <translation>Die Modellkarte eines Modells, das Modell als ONNX-Datei für andere Programme und einen Ordner zur Weitergabe mit einer Karte schreiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>The ONNX file has the metadata that the QGIS plugin Deepness reads, takes pixels as Deepness scales them, and gives a probability a class; it also holds the whole card, so that Import model loses nothing. The ONNX file of a refiner takes tiles with month (1 to 12) and biome (0 to 15) as two planes behind the bands, and gives reflectance; Deepness does not know such networks. A random forest and a quality model have a card, but no ONNX file.</source>
        <translation>Die ONNX-Datei hat die Metadaten, die die QGIS-Erweiterung Deepness liest, nimmt Pixel so, wie Deepness sie skaliert, und gibt eine Wahrscheinlichkeit je Klasse; sie enthält auch die ganze Modellkarte, sodass Modell importieren nichts verliert. Die ONNX-Datei eines Verfeinerers nimmt Kacheln mit Monat (1 bis 12) und Biom (0 bis 15) als zwei Ebenen hinter den Kanälen und gibt Reflektanz; solche Netze kennt Deepness nicht. Ein Zufallswald (Random Forest) und ein Qualitätsmodell haben eine Modellkarte, aber keine ONNX-Datei.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Made by one of the training algorithms.</source>
        <translation>Erzeugt von einem der Trainingsalgorithmen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Tile size</source>
        <translation>Kachelgröße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Edge of the tiles that the ONNX file takes. Empty: as in training; for a patch classifier 256, or twice its patch where that is more.</source>
        <translation>Kantenlänge der Kacheln, die die ONNX-Datei nimmt. Leer: wie im Training; bei einem Klassifikator für Bildausschnitte 256 oder das Doppelte seines Bildausschnitts, wo das mehr ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>A map made with the model, for the folder to hand over.</source>
        <translation>Eine mit dem Modell erzeugte Karte, für den Ordner zur Weitergabe.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Of what is handed over. Empty: the name of the map, or of the model.</source>
        <translation>Des Weitergegebenen. Leer: der Name der Karte oder des Modells.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Terms of use</source>
        <translation>Nutzungsbedingungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>A licence or any other text; it is written into the map and the readme.</source>
        <translation>Eine Lizenz oder ein anderer Text; er wird in die Karte und die Readme-Datei geschrieben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Model card</source>
        <translation>Modellkarte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Bands, classes, training and accuracy, for people.</source>
        <translation>Kanäle, Klassen, Training und Genauigkeit, für Menschen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>ONNX file</source>
        <translation>ONNX-Datei</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>For Deepness and other programs.</source>
        <translation>Für Deepness und andere Programme.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Folder to hand over</source>
        <translation>Ordner zur Weitergabe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Gets the map with its metadata and style, the card, the ONNX file if there can be one, how all was made, and a readme.</source>
        <translation>Bekommt die Karte mit ihren Metadaten und ihrem Stil, die Modellkarte, die ONNX-Datei, wenn es eine geben kann, wie alles entstand, und eine Readme-Datei.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Tile size of the ONNX file</source>
        <translation>Kachelgröße der ONNX-Datei</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Largest difference of a probability</source>
        <translation>Größter Unterschied einer Wahrscheinlichkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/export_model.py"/>
        <source>Between the ONNX file and the model, on a tile of random pixels; of a reflectance for a refiner.</source>
        <translation>Zwischen der ONNX-Datei und dem Modell, an einer Kachel zufälliger Pixel; bei einem Verfeinerer einer Reflektanz.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Extract features</source>
        <translation>Merkmale berechnen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Describe images by the deepest features of an encoder, averaged over the image: 2048 numbers of a ResNet-50.</source>
        <translation>Bilder durch die tiefsten Merkmale eines Encoders beschreiben, über das Bild gemittelt: 2048 Zahlen eines ResNet-50.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>The images are those of a table of records, of a folder (GeoTIFF, PNG, JPEG, NPZ, NPY; of any size, bands and type) or of a tile data set. The encoder's first layer is made over to the number of bands of an image; PNG's transparency and nodata count as no data and become the mean of the band. Values are brought to 0–1 by SCALING and standardised as the weights ask for it.</source>
        <translation>Die Bilder sind die einer Tabelle von Einträgen, eines Ordners (GeoTIFF, PNG, JPEG, NPZ, NPY; mit beliebiger Größe, beliebigen Kanälen und beliebigem Typ) oder eines Kacheldatensatzes. Die erste Schicht des Encoders wird an die Anzahl der Kanäle eines Bildes angepasst; die Transparenz von PNG und Nodata gelten als keine Daten und werden zum Mittelwert des Kanals. Die Werte werden mit SCALING auf 0–1 gebracht und so standardisiert, wie es die Gewichte verlangen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>The result is an HDF5 file with a row an image: features, id, image, hash of the image's content, and footprint where it has one. An image whose content is in the file already, or occurs twice, is not computed again; so the same run with more images only computes the new ones. A run that was stopped goes on where it was when it is started again with the same settings, and gives the same bytes. Images that fail are counted by kind. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Das Ergebnis ist eine HDF5-Datei mit einer Zeile je Bild: Merkmale, Id, Bild, Hash des Bildinhalts und Umriss, wo es einen hat. Ein Bild, dessen Inhalt schon in der Datei ist oder zweimal vorkommt, wird nicht noch einmal berechnet; so berechnet derselbe Lauf mit mehr Bildern nur die neuen. Ein angehaltener Lauf geht weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird, und ergibt dieselben Bytes. Gescheiterte Bilder werden nach Art gezählt. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Table whose column image names the images.</source>
        <translation>Tabelle, deren Spalte image die Bilder nennt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images, instead of records</source>
        <translation>Bilder statt Einträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A folder of images, or a tile data set.</source>
        <translation>Ein Ordner mit Bildern oder ein Kacheldatensatz.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>An encoder of segmentation-models-pytorch, such as resnet50 or efficientnet-b4; with the prefix tu- any other of timm.</source>
        <translation>Ein Encoder von segmentation-models-pytorch, etwa resnet50 oder efficientnet-b4; mit dem Präfix tu- jeder andere von timm.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>imagenet, none (at random: features that were not learnt), or the path of a file: a state dict (.pth, .safetensors) or a model of Landloom with this encoder.</source>
        <translation>imagenet, none (zufällig: Merkmale, die nicht gelernt wurden) oder der Pfad einer Datei: ein State-Dict (.pth, .safetensors) oder ein Modell von Landloom mit diesem Encoder.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Scaling</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>What becomes 0 and 1; what lies beyond is cut off. By data set, the limits of 200 images hold for all, and are taken from an earlier store where there is one. By image, how bright an image is gets lost.</source>
        <translation>Was 0 und 1 wird; was darüber hinausgeht, wird abgeschnitten. Nach Datensatz gelten die Grenzen von 200 Bildern für alle und werden aus einem früheren Merkmalsspeicher übernommen, wo es einen gibt. Nach Bild geht verloren, wie hell ein Bild ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>By type: 8 bit 0–255, other whole numbers 0–10000, floats 0–1; a Landloom model's own</source>
        <translation>Nach Typ: 8 Bit 0–255, andere ganze Zahlen 0–10000, Gleitkommazahlen 0–1; bei einem Landloom-Modell seine eigene</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>2nd and 98th percentile of each band in the data set</source>
        <translation>2. und 98. Perzentil jedes Kanals im Datensatz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>2nd and 98th percentile of each band in the image</source>
        <translation>2. und 98. Perzentil jedes Kanals im Bild</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>From LOW to HIGH</source>
        <translation>Von LOW bis HIGH</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Low</source>
        <translation>Niedrig</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>What becomes 0, for a scaling by range.</source>
        <translation>Was 0 wird, für eine Skalierung nach Bereich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>High</source>
        <translation>Hoch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>What becomes 1, for a scaling by range.</source>
        <translation>Was 1 wird, für eine Skalierung nach Bereich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Edge of the square to which images are brought. Empty: as they are, with a longer edge from 64 to 224; small tiles take a tenth of the time that way.</source>
        <translation>Kantenlänge des Quadrats, auf das Bilder gebracht werden. Leer: wie sie sind, mit einer längeren Kante von 64 bis 224; kleine Kacheln brauchen so ein Zehntel der Zeit.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Numbers from 1, separated by commas, in the order red, green, blue for weights of ImageNet. Empty: all, in their order.</source>
        <translation>Nummern ab 1, durch Kommas getrennt, für Gewichte von ImageNet in der Reihenfolge Rot, Grün, Blau. Leer: alle, in ihrer Reihenfolge.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Array in NPZ files</source>
        <translation>Array in NPZ-Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Empty: opt_v2, opt_v1 or sar, else the only one.</source>
        <translation>Leer: opt_v2, opt_v1 oder sar, sonst das einzige.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Bands of arrays</source>
        <translation>Kanäle von Arrays</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Where the bands of NPY and NPZ arrays are.</source>
        <translation>Wo die Kanäle von NPY- und NPZ-Arrays sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>The first or the last axis, whichever is shorter</source>
        <translation>Die erste oder die letzte Achse, je nachdem, welche kürzer ist</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>The first axis</source>
        <translation>Die erste Achse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>The last axis</source>
        <translation>Die letzte Achse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Alpha band of GeoTIFFs</source>
        <translation>Alphakanal von GeoTIFFs</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>GDAL calls the fourth band of many images alpha, near infrared too.</source>
        <translation>GDAL nennt den vierten Kanal vieler Bilder Alpha, auch wenn es nahes Infrarot ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A mask if it looks like one in all images</source>
        <translation>Eine Maske, wenn er in allen Bildern wie eine aussieht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A mask: what is transparent has no data</source>
        <translation>Eine Maske: Was durchsichtig ist, hat keine Daten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A band like the others</source>
        <translation>Ein Kanal wie die anderen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Only files named</source>
        <translation>Nur Dateien namens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Such as *.tif or *_rgb.png; of a folder.</source>
        <translation>Etwa *.tif oder *_rgb.png; aus einem Ordner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Earlier features</source>
        <translation>Frühere Merkmale</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A feature store made with the same settings: features of images with the same content are taken from it, and the limits of a scaling by data set, without which new features could not be compared with it.</source>
        <translation>Ein mit denselben Einstellungen erzeugter Merkmalsspeicher: Daraus werden die Merkmale von Bildern mit demselben Inhalt übernommen und die Grenzen einer Skalierung nach Datensatz, ohne die neue Merkmale nicht mit ihm vergleichbar wären.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Minimum share</source>
        <translation>Mindestanteil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Where features of fewer images can be extracted, the run ends with an error; what was computed is kept for the next run.</source>
        <translation>Lassen sich die Merkmale von weniger Bildern berechnen, endet der Lauf mit einem Fehler; was berechnet wurde, bleibt für den nächsten Lauf.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Precision</source>
        <translation>Genauigkeit der Zahlen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>In which features are stored.</source>
        <translation>In der Merkmale gespeichert werden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>16 bit</source>
        <translation>16 Bit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>32 bit (twice the size)</source>
        <translation>32 Bit (doppelte Größe)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Features</source>
        <translation>Merkmale</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>A row an image.</source>
        <translation>Eine Zeile je Bild.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Failures</source>
        <translation>Fehlschläge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images that failed, and why.</source>
        <translation>Gescheiterte Bilder und der Grund.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images with features</source>
        <translation>Bilder mit Merkmalen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Share of the images with features</source>
        <translation>Anteil der Bilder mit Merkmalen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images computed in this run</source>
        <translation>In diesem Lauf berechnete Bilder</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images whose features were there already</source>
        <translation>Bilder, deren Merkmale schon da waren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Images with the content of another one</source>
        <translation>Bilder mit dem Inhalt eines anderen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Features an image</source>
        <translation>Merkmale je Bild</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Rate</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Peak memory</source>
        <translation>Spitze des Arbeitsspeichers</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_features.py"/>
        <source>Size of the store as a share of that of the images</source>
        <translation>Größe des Merkmalsspeichers als Anteil an der der Bilder</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Extract patches</source>
        <translation>Bildausschnitte entnehmen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Fetch the pixels of all planned patches, from rasters or from Earth Engine.</source>
        <translation>Die Pixel aller geplanten Bildausschnitte holen, aus Rastern oder von Earth Engine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Numbers are kept as the source stores them, as float32; where a band has no data, or beyond the image, they are NaN. A patch that cannot be had is noted with the reason and does not end the run. A run that was interrupted goes on where it was; run again, only what is missing is fetched.</source>
        <translation>Zahlen bleiben, wie die Quelle sie speichert, als float32; wo ein Kanal keine Daten hat, oder außerhalb des Bildes, sind sie NaN. Ein Bildausschnitt, der nicht zu bekommen ist, wird mit dem Grund vermerkt und beendet den Lauf nicht. Ein unterbrochener Lauf geht weiter, wo er war; neu gestartet, wird nur geholt, was fehlt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>A folder made by Plan patches.</source>
        <translation>Ein Ordner, erzeugt von Bildausschnitte planen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Image, where it has moved</source>
        <translation>Bild, wenn es verschoben wurde</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Empty: the image that the data set was planned on.</source>
        <translation>Leer: das Bild, auf dem der Datensatz geplant wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Mosaic of tiles, where it has moved</source>
        <translation>Mosaik aus Kacheln, wenn es verschoben wurde</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Empty: the mosaic that the data set was planned on.</source>
        <translation>Leer: das Mosaik, auf dem der Datensatz geplant wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Store patches as</source>
        <translation>Bildausschnitte speichern als</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>One .npy file each, or all in one HDF5 file. Automatic: HDF5 for more than 5000 patches.</source>
        <translation>Je eine .npy-Datei oder alle in einer HDF5-Datei. Automatisch: HDF5 bei mehr als 5000 Bildausschnitten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>A .npy file each</source>
        <translation>Je eine .npy-Datei</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>One HDF5 file</source>
        <translation>Eine HDF5-Datei</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Earth Engine project</source>
        <translation>Earth-Engine-Projekt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>The id of a Google Cloud project that is registered for Earth Engine. Empty: that of the key file or of the stored credentials.</source>
        <translation>Die Id eines für Earth Engine angemeldeten Google-Cloud-Projekts. Leer: die der Schlüsseldatei oder der gespeicherten Zugangsdaten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Earth Engine key file</source>
        <translation>Earth-Engine-Schlüsseldatei</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>The JSON key of a service account. Empty: the credentials that 'earthengine authenticate' has stored.</source>
        <translation>Der JSON-Schlüssel eines Dienstkontos. Leer: die Zugangsdaten, die 'earthengine authenticate' gespeichert hat.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Earth Engine address</source>
        <translation>Adresse von Earth Engine</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>https://earthengine-highvolume.googleapis.com is made for many small requests, but keeps fewer interim results. Empty: the usual address.</source>
        <translation>https://earthengine-highvolume.googleapis.com ist für viele kleine Anfragen gemacht, hält aber weniger Zwischenergebnisse vor. Leer: die übliche Adresse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Attempts a patch</source>
        <translation>Versuche je Bildausschnitt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>How often Earth Engine is asked when it is busy or does not answer, with growing waits between.</source>
        <translation>Wie oft Earth Engine gefragt wird, wenn es beschäftigt ist oder nicht antwortet, mit wachsenden Wartezeiten dazwischen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Failed patches, at most</source>
        <translation>Gescheiterte Bildausschnitte, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>With more the step fails at its end; what was fetched is kept. 100: only where all failed.</source>
        <translation>Bei mehr scheitert der Schritt an seinem Ende; was geholt wurde, bleibt. 100: nur, wo alle gescheitert sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Empty: one for each core; with Earth Engine 10 requests. The result does not depend on it.</source>
        <translation>Leer: einer je Kern; bei Earth Engine 10 Anfragen. Das Ergebnis hängt nicht davon ab.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>What was extracted.</source>
        <translation>Was entnommen wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>The same folder, for the next step of a chain.</source>
        <translation>Derselbe Ordner, für den nächsten Schritt einer Kette.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Number of patches extracted</source>
        <translation>Anzahl entnommener Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Number of patches that failed</source>
        <translation>Anzahl gescheiterter Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Share of pixels without data</source>
        <translation>Anteil der Pixel ohne Daten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Of the patches extracted, 0 to 1.</source>
        <translation>An den entnommenen Bildausschnitten, 0 bis 1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Duration</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Patches a second</source>
        <translation>Bildausschnitte je Sekunde</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_patches.py"/>
        <source>Empty where nothing was left to fetch.</source>
        <translation>Leer, wo nichts mehr zu holen war.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Extract samples</source>
        <translation>Stichproben entnehmen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Samples</source>
        <translation>Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Read the pixels under training polygons into a table of samples.</source>
        <translation>Die Pixel unter Trainingspolygonen in eine Tabelle von Stichproben lesen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Each sample has its bands and features, its class, its polygon and its place. Pixels with nodata in any band are left out, pixels under polygons of two classes too; both are counted. The polygons are reprojected to the image, never the image.</source>
        <translation>Jede Stichprobe hat ihre Kanäle und Merkmale, ihre Klasse, ihr Polygon und ihren Ort. Pixel mit Nodata in einem Kanal werden ausgelassen, ebenso Pixel unter Polygonen zweier Klassen; beide werden gezählt. Die Polygone werden auf das Bild umprojiziert, nie das Bild.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Table with the polygons, instead of a layer</source>
        <translation>Tabelle mit den Polygonen statt eines Layers</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Name of a PostGIS table, with or without its schema.</source>
        <translation>Name einer PostGIS-Tabelle, mit oder ohne ihr Schema.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Geometry column of the table</source>
        <translation>Geometriespalte der Tabelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>PostGIS connection</source>
        <translation>PostGIS-Verbindung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>A connection stored in QGIS; outside of QGIS an address such as postgresql://user@host:5432/database, with the password in the environment variable DB_PASSWORD.</source>
        <translation>Eine in QGIS gespeicherte Verbindung; außerhalb von QGIS eine Adresse wie postgresql://user@host:5432/database, mit dem Passwort in der Umgebungsvariablen DB_PASSWORD.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Area of interest</source>
        <translation>Untersuchungsgebiet</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Polygons outside of which nothing is done. Empty: the whole raster.</source>
        <translation>Polygone, außerhalb derer nichts geschieht. Leer: das ganze Raster.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Bands</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Names, numbers or ranges such as 1-7, separated by commas. Empty: all bands.</source>
        <translation>Namen, Nummern oder Bereiche wie 1-7, durch Kommas getrennt. Leer: alle Kanäle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Features computed from bands</source>
        <translation>Aus Kanälen berechnete Merkmale</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>One formula a line, such as NDVI = (B8 - B4) / (B8 + B4). Allowed are + - * / **, numbers, abs, sqrt, log, exp, min and max. A band whose name is no plain word is written with underscores.</source>
        <translation>Eine Formel je Zeile, etwa NDVI = (B8 - B4) / (B8 + B4). Erlaubt sind + - * / **, Zahlen, abs, sqrt, log, exp, min und max. Ein Kanal, dessen Name kein einfaches Wort ist, wird mit Unterstrichen geschrieben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>One sample for</source>
        <translation>Eine Stichprobe für</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Each pixel, or each polygon as the mean or median of its pixels.</source>
        <translation>Jedes Pixel, oder jedes Polygon als Mittelwert oder Median seiner Pixel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Each pixel</source>
        <translation>Jedes Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Each polygon, mean</source>
        <translation>Jedes Polygon, Mittelwert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Each polygon, median</source>
        <translation>Jedes Polygon, Median</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Every pixel that a polygon touches</source>
        <translation>Jedes Pixel, das ein Polygon berührt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Else only pixels whose centre lies inside.</source>
        <translation>Sonst nur Pixel, deren Mitte darin liegt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Pixels per polygon, at most</source>
        <translation>Pixel je Polygon, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Empty: no limit.</source>
        <translation>Leer: keine Grenze.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Pixels per class, at most</source>
        <translation>Pixel je Klasse, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Sample table</source>
        <translation>Stichprobentabelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Parquet, or Feather where the name ends so.</source>
        <translation>Parquet, oder Feather, wo der Name so endet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>What was extracted and what was left out.</source>
        <translation>Was entnommen und was ausgelassen wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Number of samples</source>
        <translation>Anzahl der Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Number of polygons with samples</source>
        <translation>Anzahl der Polygone mit Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Pixels left out</source>
        <translation>Ausgelassene Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/extract_samples.py"/>
        <source>Nodata, under two classes, or above a cap.</source>
        <translation>Nodata, unter zwei Klassen oder über einer Obergrenze.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Import model</source>
        <translation>Modell importieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Make a model from a network in an ONNX file, of any origin: one that gives a class for each pixel, to map with, or one that makes an image of an image, to refine or translate tiles with.</source>
        <translation>Ein Modell aus einem Netz in einer ONNX-Datei beliebiger Herkunft erzeugen: eines, das für jedes Pixel eine Klasse gibt, zum Kartieren, oder eines, das aus einem Bild ein Bild macht, zum Verfeinern oder Übersetzen von Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>What the file says of itself is read: all of it where Landloom exported it; classes, resolution, scaling and tiles where it was made for the QGIS plugin Deepness. What you give here counts more. The network is run once on random numbers to see that it gives what it should. One that makes images needs OUTPUT = image (unless Landloom exported it) and neither classes nor a pixel size.</source>
        <translation>Was die Datei über sich sagt, wird gelesen: alles, wo Landloom sie exportiert hat; Klassen, Auflösung, Skalierung und Kacheln, wo sie für die QGIS-Erweiterung Deepness gemacht ist. Was Sie hier angeben, geht vor. Das Netz wird einmal mit zufälligen Zahlen ausgeführt, um zu sehen, dass es gibt, was es soll. Eines, das Bilder macht, braucht OUTPUT = image (außer Landloom hat es exportiert) und weder Klassen noch eine Pixelgröße.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>With its weights inside.</source>
        <translation>Mit ihren Gewichten darin.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Image like those it was trained on</source>
        <translation>Bild wie die, mit denen es trainiert wurde</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Names and types of the bands and the pixel size are taken from it.</source>
        <translation>Daraus werden Namen und Typen der Kanäle und die Pixelgröße übernommen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Names in the order of the network's channels. Empty: as the file says, else those of the image, else the bands of any image in their order.</source>
        <translation>Namen in der Reihenfolge der Kanäle des Netzes. Leer: wie die Datei angibt, sonst die des Bildes, sonst die Kanäle eines beliebigen Bildes in ihrer Reihenfolge.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>One class a line as id:name:#colour, or the path of a CSV file with the columns id, name and colour. The classes by ascending id are the network's outputs in their order. Empty: as the file says.</source>
        <translation>Eine Klasse je Zeile als id:name:#colour, oder der Pfad einer CSV-Datei mit den Spalten id, name und colour. Die Klassen nach aufsteigender Id sind die Ausgaben des Netzes in ihrer Reihenfolge. Leer: wie die Datei angibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Pixels are divided by</source>
        <translation>Pixel werden geteilt durch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Such as 255 for images of bytes, 10000 for reflectance, 1 for no division. Empty: as the file says; 255 for files made for Deepness.</source>
        <translation>Etwa 255 für Bilder aus Bytes, 10000 für Reflektanz, 1 für keine Teilung. Leer: wie die Datei angibt; 255 für Dateien, die für Deepness gemacht sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Is subtracted after the division: one number for all bands or one a band, separated by commas. Empty: as the file says, else 0.</source>
        <translation>Wird nach der Teilung abgezogen: eine Zahl für alle Kanäle oder eine je Kanal, durch Kommas getrennt. Leer: wie die Datei angibt, sonst 0.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Deviation</source>
        <translation>Standardabweichung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Is divided by after that: one number for all bands or one a band, separated by commas. Empty: as the file says, else 1.</source>
        <translation>Danach wird dadurch geteilt: eine Zahl für alle Kanäle oder eine je Kanal, durch Kommas getrennt. Leer: wie die Datei angibt, sonst 1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Output of the network</source>
        <translation>Ausgabe des Netzes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>As it looks</source>
        <translation>Wie sie aussieht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>A number a class, the highest wins</source>
        <translation>Eine Zahl je Klasse, die höchste gewinnt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>A probability a class</source>
        <translation>Eine Wahrscheinlichkeit je Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>One probability, of the second of two classes</source>
        <translation>Eine Wahrscheinlichkeit, die der zweiten von zwei Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>The number of the class, counted from 0</source>
        <translation>Die Nummer der Klasse, ab 0 gezählt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>An image of the bands B02, B03, B04 and B08</source>
        <translation>Ein Bild der Kanäle B02, B03, B04 und B08</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Edge of the tiles that the network was trained on. Empty: as the file says.</source>
        <translation>Kantenlänge der Kacheln, mit denen das Netz trainiert wurde. Leer: wie die Datei angibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Overlap of tiles</source>
        <translation>Überlappung der Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Empty: as the file says, else a quarter of the tile.</source>
        <translation>Leer: wie die Datei angibt, sonst ein Viertel der Kachel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Pixel size</source>
        <translation>Pixelgröße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Of the images that it was trained on. Empty: as the file says, else that of the image.</source>
        <translation>Der Bilder, mit denen es trainiert wurde. Leer: wie die Datei angibt, sonst die des Bildes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>What images are made of</source>
        <translation>Woraus Bilder gemacht werden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Of a network that gives images. Empty: as the file says, else refinement.</source>
        <translation>Bei einem Netz, das Bilder gibt. Leer: wie die Datei angibt, sonst Verfeinerung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Optical tiles (array opt_v1), for Refine tiles</source>
        <translation>Optische Kacheln (Array opt_v1), für Kacheln verfeinern</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Tiles of another sensor (array sar), for Translate tiles</source>
        <translation>Kacheln eines anderen Sensors (Array sar), für Kacheln übersetzen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>What stands for reflectance 0 and 1</source>
        <translation>Was für Reflektanz 0 und 1 steht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Of a network that gives images: two numbers, separated by a comma, such as -1,1. Empty: as the file says, else 0,1.</source>
        <translation>Bei einem Netz, das Bilder gibt: zwei Zahlen, durch ein Komma getrennt, etwa -1,1. Leer: wie die Datei angibt, sonst 0,1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Month and biome are its last two channels</source>
        <translation>Monat und Biom sind seine letzten zwei Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Of a network that gives images; as numbers from 1 to 12 and from 0 to 15. A file that Landloom exported says so itself.</source>
        <translation>Bei einem Netz, das Bilder gibt; als Zahlen von 1 bis 12 und von 0 bis 15. Eine von Landloom exportierte Datei gibt es selbst an.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>Number of bands</source>
        <translation>Anzahl der Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/import_model.py"/>
        <source>What the network gives</source>
        <translation>Was das Netz gibt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_maps.py"/>
        <source>List maps</source>
        <translation>Karten auflisten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_maps.py"/>
        <source>List the maps of the catalogue as a layer of their footprints, newest first.</source>
        <translation>Die Karten des Katalogs als Layer ihrer Umrisse auflisten, die neueste zuerst.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_maps.py"/>
        <source>Number of maps</source>
        <translation>Anzahl der Karten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_models.py"/>
        <source>List models</source>
        <translation>Modelle auflisten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_models.py"/>
        <source>List the models of the catalogue as a table, newest first, with their accuracy and where they are.</source>
        <translation>Die Modelle des Katalogs als Tabelle auflisten, das neueste zuerst, mit ihrer Genauigkeit und ihrem Ort.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/list_models.py"/>
        <source>Number of models</source>
        <translation>Anzahl der Modelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/map_month.py"/>
        <source>Map a month</source>
        <translation>Einen Monat kartieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/map_month.py"/>
        <source>Make a month's map from polygons and the month's mosaic in one go.</source>
        <translation>Die Karte eines Monats in einem Zug aus Polygonen und dem Mosaik des Monats erzeugen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/map_month.py"/>
        <source>Runs Extract samples, Train random forest and Map with a model. Files are named after the month and go where the environment variables MODEL_OUTPUT_DIR and PREDICTION_OUTPUT_DIR say, if no path is given. For parameters that are not here run the three themselves.</source>
        <translation>Führt Stichproben entnehmen, Zufallswald (Random Forest) trainieren und Mit einem Modell kartieren aus. Dateien heißen nach dem Monat und kommen dahin, wohin die Umgebungsvariablen MODEL_OUTPUT_DIR und PREDICTION_OUTPUT_DIR zeigen, wenn kein Pfad angegeben ist. Für Parameter, die hier fehlen, starten Sie die drei selbst.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/map_month.py"/>
        <source>Year of the imagery.</source>
        <translation>Jahr der Bilddaten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Mine results</source>
        <translation>Ergebnisse sammeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Gather results from all files in a folder into one clean table of records, and say what is missing in them.</source>
        <translation>Ergebnisse aus allen Dateien eines Ordners in einer sauberen Tabelle von Einträgen sammeln und sagen, was darin fehlt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Read are JSON, JSON lines and CSV: records with an image, parameters, metrics such as ssim, mse and psnr, a type, a method and a time; the tables of Verify tiles and Describe map tiles; and what stands beside the outputs of stages that measure accuracy. In CSV a column metric_ssim, metrics.ssim or ssim is a metric, param_x or parameters.x a parameter; columns that are nothing else are parameters, too.</source>
        <translation>Gelesen werden JSON, JSON Lines und CSV: Einträge mit einem Bild, Parametern, Maßen wie ssim, mse und psnr, einem Typ, einer Methode und einer Zeit; die Tabellen von Kacheln überprüfen und Kartenkacheln beschreiben; und was neben den Ausgaben von Algorithmen steht, die Genauigkeit messen. In CSV ist eine Spalte metric_ssim, metrics.ssim oder ssim ein Maß, param_x oder parameters.x ein Parameter; Spalten, die nichts anderes sind, sind auch Parameter.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Each image is opened. Records are taken out, and listed with the reason, that are broken, lack an image or metrics, have impossible or contradicting values or extreme outliers, whose image is missing, damaged, of another size than its reference or of an unsupported format, and that stand there twice. The inventory tells which types, methods, settings and qualities are covered, and what to collect next. Parameters that are numbers with more than 20 different values, and more than a tenth of the records, count as measured, not as settings, and have no gaps.</source>
        <translation>Jedes Bild wird geöffnet. Herausgenommen und mit dem Grund aufgeführt werden Einträge, die fehlerhaft sind, denen ein Bild oder Maße fehlen, die unmögliche oder widersprüchliche Werte oder extreme Ausreißer haben, deren Bild fehlt, beschädigt ist, eine andere Größe als seine Referenz oder ein nicht unterstütztes Format hat, und die doppelt vorkommen. Die Bestandsübersicht sagt, welche Typen, Methoden, Einstellungen und Qualitäten abgedeckt sind und was als Nächstes zu sammeln ist. Parameter, die Zahlen mit mehr als 20 verschiedenen Werten und mehr als einem Zehntel der Einträge sind, gelten als gemessen, nicht als Einstellungen, und haben keine Lücken.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Folder of results</source>
        <translation>Ordner mit Ergebnissen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>It and the folders in it are searched.</source>
        <translation>Er und die Ordner darin werden durchsucht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Folder of the images</source>
        <translation>Ordner mit den Bildern</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Where records name images by their path below it. Empty: beside the results.</source>
        <translation>Wo Einträge Bilder mit ihrem Pfad darunter nennen. Leer: neben den Ergebnissen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Metrics that each record must have</source>
        <translation>Maße, die jeder Eintrag haben muss</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Names separated by commas, such as ssim, psnr. Empty: any one metric.</source>
        <translation>Namen, durch Kommas getrennt, etwa ssim, psnr. Leer: irgendein Maß.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Limit of outliers</source>
        <translation>Grenze für Ausreißer</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>A metric further from the median of its type and method is taken out, of errors by their logarithm, of ssim, accuracy and the like by their logit, with a spread of at least 1, so that bad results stay; in robust standard deviations (median absolute deviation × 1.4826). 0: outliers stay.</source>
        <translation>Ein Maß, das weiter vom Median seines Typs und seiner Methode entfernt ist, wird herausgenommen, bei Fehlern nach ihrem Logarithmus, bei ssim, Genauigkeit und Ähnlichem nach ihrem Logit, mit einer Streuung von mindestens 1, damit schlechte Ergebnisse bleiben; in robusten Standardabweichungen (mediane absolute Abweichung × 1.4826). 0: Ausreißer bleiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Steps of a number</source>
        <translation>Stufen einer Zahl</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Into so many steps the range of a parameter or metric is cut to see what is covered.</source>
        <translation>In so viele Stufen wird der Bereich eines Parameters oder Maßes geteilt, um zu sehen, was abgedeckt ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Records a step should have</source>
        <translation>Einträge, die eine Stufe haben sollte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Fewer are a gap.</source>
        <translation>Weniger sind eine Lücke.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Empty: four for each core. The result does not depend on it.</source>
        <translation>Leer: vier je Kern. Das Ergebnis hängt nicht davon ab.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>The clean table.</source>
        <translation>Die saubere Tabelle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Records taken out</source>
        <translation>Herausgenommene Einträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>With the file each stood in, and why.</source>
        <translation>Mit der Datei, in der jeder stand, und dem Grund.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Inventory</source>
        <translation>Bestandsübersicht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>All figures and gaps.</source>
        <translation>Alle Zahlen und Lücken.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>The inventory with plots.</source>
        <translation>Die Bestandsübersicht mit Diagrammen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Gaps</source>
        <translation>Lücken</translation>
    </message>
    <message>
        <location filename="../landloom/stages/mine_results.py"/>
        <source>Of the inventory.</source>
        <translation>Der Bestandsübersicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Plan patches</source>
        <translation>Bildausschnitte planen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Patch data sets</source>
        <translation>Datensätze aus Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Choose where the patches of a data set lie: some around the middle of each training polygon.</source>
        <translation>Wählen, wo die Bildausschnitte eines Datensatzes liegen: einige um die Mitte jedes Trainingspolygons.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Each patch is moved by a different random offset of whole pixels, so that a network does not learn that the middle of a patch is the middle of a polygon. Patches lie on the pixels of the image, nothing is resampled. Polygons that are too small, outside of the image or without class are left out and listed. The result is a folder with the plan, to which the next steps add: extract, check, describe, split and validate.</source>
        <translation>Jeder Bildausschnitt wird um einen anderen zufälligen Versatz aus ganzen Pixeln verschoben, damit ein Netz nicht lernt, dass die Mitte eines Bildausschnitts die Mitte eines Polygons ist. Bildausschnitte liegen auf den Pixeln des Bildes, nichts wird umgerechnet. Polygone, die zu klein sind, außerhalb des Bildes liegen oder keine Klasse haben, werden ausgelassen und aufgeführt. Das Ergebnis ist ein Ordner mit dem Plan, dem die nächsten Schritte hinzufügen: entnehmen, prüfen, beschreiben, teilen und validieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Pixels come from</source>
        <translation>Pixel kommen aus</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Rasters or a mosaic of yours, or Google Earth Engine, which makes a composite of many scenes.</source>
        <translation>Ihre Raster oder ein eigenes Mosaik, oder Google Earth Engine, das aus vielen Szenen ein Komposit macht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Rasters</source>
        <translation>Raster</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine</source>
        <translation>Earth Engine</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Edge of a patch</source>
        <translation>Kantenlänge eines Bildausschnitts</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Patches are squares.</source>
        <translation>Bildausschnitte sind quadratisch.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Patches a polygon</source>
        <translation>Bildausschnitte je Polygon</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Each with another offset.</source>
        <translation>Jeder mit anderem Versatz.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Jitter</source>
        <translation>Streuung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>How far a patch is moved at most, to either side. 0: not at all.</source>
        <translation>Wie weit ein Bildausschnitt höchstens verschoben wird, zu jeder Seite. 0: gar nicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Polygons with fewer pixels, counted by their centres, are left out.</source>
        <translation>Polygone mit weniger Pixeln, nach ihren Mitten gezählt, werden ausgelassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Overwrite</source>
        <translation>Überschreiben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Remove the patches of another plan that the folder holds. Files of your own stay.</source>
        <translation>Die Bildausschnitte eines anderen Plans entfernen, die der Ordner enthält. Ihre eigenen Dateien bleiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine collection</source>
        <translation>Earth-Engine-Sammlung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>The id of an image collection in Earth Engine's catalogue.</source>
        <translation>Die Id einer Bildsammlung im Katalog von Earth Engine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: first day</source>
        <translation>Earth Engine: erster Tag</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>The first day of the composite, as 2024-01-31.</source>
        <translation>Der erste Tag des Komposits, etwa 2024-01-31.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: day after the last</source>
        <translation>Earth Engine: Tag nach dem letzten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>The composite has scenes from before this day: for all of 2024 give 2024-01-01 and 2025-01-01.</source>
        <translation>Das Komposit enthält Szenen von vor diesem Tag: Für ganz 2024 geben Sie 2024-01-01 und 2025-01-01 an.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: mask clouds by</source>
        <translation>Earth Engine: Wolken maskieren mit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>SCL drops no data, saturated pixels, cloud shadow, clouds, cirrus and snow. Cloud probability drops 40 % and more. Cloud Score+ keeps pixels of score 0.6 and more. For collections other than Sentinel-2: none.</source>
        <translation>SCL entfernt fehlende Daten, gesättigte Pixel, Wolkenschatten, Wolken, Zirren und Schnee. Die Wolkenwahrscheinlichkeit entfernt 40 % und mehr. Cloud Score+ behält Pixel mit einem Wert von 0.6 und mehr. Für andere Sammlungen als Sentinel-2: keine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Scene classification of Sentinel-2 L2A (SCL)</source>
        <translation>Szenenklassifikation von Sentinel-2 L2A (SCL)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Cloud probability of Sentinel-2 (s2cloudless)</source>
        <translation>Wolkenwahrscheinlichkeit von Sentinel-2 (s2cloudless)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Cloud Score+ of Sentinel-2</source>
        <translation>Cloud Score+ von Sentinel-2</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: cloud in a scene, at most</source>
        <translation>Earth Engine: Wolken in einer Szene, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Scenes with more are left out, whatever the mask (Sentinel-2 and Landsat). Empty: all scenes.</source>
        <translation>Szenen mit mehr werden ausgelassen, gleich mit welcher Maske (Sentinel-2 und Landsat). Leer: alle Szenen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: make one image by</source>
        <translation>Earth Engine: ein Bild machen durch</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Of each pixel's clear values.</source>
        <translation>Aus den klaren Werten jedes Pixels.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Mean</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Minimum</source>
        <translation>Minimum</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>The last scene on top</source>
        <translation>Die letzte Szene zuoberst</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: pixel size</source>
        <translation>Earth Engine: Pixelgröße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Each pixel gets the value of a band's pixel at its centre (nearest neighbour). Of bands with much finer pixels, Earth Engine takes averages.</source>
        <translation>Jedes Pixel bekommt den Wert des Pixels eines Kanals an seiner Mitte (nächster Nachbar). Bei Kanälen mit viel feineren Pixeln nimmt Earth Engine Mittelwerte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Earth Engine: coordinate reference system</source>
        <translation>Earth Engine: Koordinatenbezugssystem (KBS)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>A projected one. Empty: the UTM zone of the polygons' middle.</source>
        <translation>Ein projiziertes. Leer: die UTM-Zone der Mitte der Polygone.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Patch data set</source>
        <translation>Datensatz aus Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>A new or empty folder.</source>
        <translation>Ein neuer oder leerer Ordner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Footprints</source>
        <translation>Umrisse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>The patches' outlines by class.</source>
        <translation>Die Umrisse der Bildausschnitte, nach Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>What was planned and what was left out.</source>
        <translation>Was geplant und was ausgelassen wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Number of patches</source>
        <translation>Anzahl der Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Number of polygons with patches</source>
        <translation>Anzahl der Polygone mit Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/plan_patches.py"/>
        <source>Number of polygons left out</source>
        <translation>Anzahl ausgelassener Polygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Map with a model</source>
        <translation>Mit einem Modell kartieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Maps</source>
        <translation>Karten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Classify a whole image with a model into a Cloud-Optimized GeoTIFF, window by window.</source>
        <translation>Ein ganzes Bild mit einem Modell Fenster für Fenster in ein Cloud-Optimized GeoTIFF klassifizieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>The model knows its bands, features and classes; bands are matched by name. Memory stays within the given budget however large the image is. A run that was stopped goes on where it was when it is started again with the same settings.</source>
        <translation>Das Modell kennt seine Kanäle, Merkmale und Klassen; Kanäle werden nach Namen zugeordnet. Der Arbeitsspeicher bleibt im angegebenen Budget, wie groß das Bild auch ist. Ein angehaltener Lauf geht weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>A network that classifies whole tiles sees the image in tiles that overlap; where they do, one fades into the next, so that no seam shows. It can look at each tile several times, and several networks can vote. Each look takes its time again.</source>
        <translation>Ein Netz, das ganze Kacheln klassifiziert, sieht das Bild in Kacheln, die sich überlappen; wo sie es tun, geht eine in die nächste über, sodass keine Naht zu sehen ist. Es kann jede Kachel mehrmals ansehen, und mehrere Netze können abstimmen. Jeder Blick braucht seine Zeit noch einmal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Further models</source>
        <translation>Weitere Modelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Networks that classify whole tiles, with the same bands and classes as the model; together they vote.</source>
        <translation>Netze, die ganze Kacheln klassifizieren, mit denselben Kanälen und Klassen wie das Modell; zusammen stimmen sie ab.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Several models vote by</source>
        <translation>Mehrere Modelle stimmen ab nach</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Their probabilities are averaged: all alike; by the kappa that each model's card tells; or in each pixel by how sure a model is (1 less the entropy of its probabilities).</source>
        <translation>Ihre Wahrscheinlichkeiten werden gemittelt: alle gleich; nach dem Kappa, das die Modellkarte jedes Modells angibt; oder in jedem Pixel danach, wie sicher ein Modell ist (1 minus die Entropie seiner Wahrscheinlichkeiten).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Mean weighted by kappa</source>
        <translation>Mittelwert, mit Kappa gewichtet</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Certainty in each pixel</source>
        <translation>Sicherheit in jedem Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Probabilities as</source>
        <translation>Wahrscheinlichkeiten als</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Whole percents (small files)</source>
        <translation>Ganze Prozent (kleine Dateien)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Numbers from 0 to 1</source>
        <translation>Zahlen von 0 bis 1</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Compression</source>
        <translation>Kompression</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>DEFLATE</source>
        <translation>DEFLATE</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>LZW</source>
        <translation>LZW</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>ZSTD (not readable everywhere)</source>
        <translation>ZSTD (nicht überall lesbar)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Block size of the files</source>
        <translation>Blockgröße der Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>256 pixels</source>
        <translation>256 Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>512 pixels</source>
        <translation>512 Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Memory budget</source>
        <translation>Speicherbudget</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>How much the run may use at most, but for a neural network and its libraries, which take about 1 GiB more.</source>
        <translation>Wie viel der Lauf höchstens verwenden darf, außer für ein neuronales Netz und seine Bibliotheken, die etwa 1 GiB mehr brauchen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Stride</source>
        <translation>Schrittweite</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a patch classifier: the middle of each patch, so many pixels wide and high, gets its answer. 1 looks at every pixel; larger is faster and coarser. Not more than the patches' size.</source>
        <translation>Bei einem Klassifikator für Bildausschnitte: Die Mitte jedes Bildausschnitts, so viele Pixel breit und hoch, bekommt seine Antwort. 1 betrachtet jedes Pixel; größer ist schneller und gröber. Nicht mehr als die Größe der Bildausschnitte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a network for tiles: what it looks at at once. Larger tiles show it more of the surroundings and take more memory. Empty: as in training.</source>
        <translation>Bei einem Netz für Kacheln: was es auf einmal betrachtet. Größere Kacheln zeigen ihm mehr von der Umgebung und brauchen mehr Arbeitsspeicher. Leer: wie im Training.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a network for tiles. The outer quarter of the overlap does not count, within the rest one tile fades into the next. At most half of a tile. Empty: a quarter of a tile, or what an imported network says.</source>
        <translation>Bei einem Netz für Kacheln. Das äußere Viertel der Überlappung zählt nicht, im Rest geht eine Kachel in die nächste über. Höchstens die Hälfte einer Kachel. Leer: ein Viertel einer Kachel, oder was ein importiertes Netz angibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Look at each tile</source>
        <translation>Jede Kachel ansehen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a network for tiles (test-time augmentation): the mean of all looks is more certain than a single one.</source>
        <translation>Bei einem Netz für Kacheln (Test-Time Augmentation): Der Mittelwert aller Blicke ist sicherer als ein einzelner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Once</source>
        <translation>Einmal</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Four times: as it is, and flipped</source>
        <translation>Viermal: wie sie ist, und gespiegelt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Eight times: flipped and turned by quarters</source>
        <translation>Achtmal: gespiegelt und in Vierteldrehungen gedreht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Scales</source>
        <translation>Skalen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a network for tiles: each tile is also shown enlarged by these factors, such as 0.75, 1, 1.25.</source>
        <translation>Bei einem Netz für Kacheln: Jede Kachel wird auch um diese Faktoren vergrößert gezeigt, etwa 0.75, 1, 1.25.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Passes with dropout</source>
        <translation>Durchgänge mit Dropout</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of a network for tiles that was trained with dropout (Monte Carlo dropout): it is asked so many times, each time with other features left out. How far the answers differ is the variance. 0: once, with all.</source>
        <translation>Bei einem mit Dropout trainierten Netz für Kacheln (Monte-Carlo-Dropout): Es wird so viele Male gefragt, wobei jedes Mal andere Merkmale ausgelassen werden. Wie weit die Antworten auseinandergehen, ist die Varianz. 0: einmal, mit allen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Of the passes with dropout; the same seed gives the same result.</source>
        <translation>Der Durchgänge mit Dropout; derselbe Startwert ergibt dasselbe Ergebnis.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Dask scheduler</source>
        <translation>Dask-Scheduler</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Address of a dask.distributed scheduler such as tcp://host:8786. Its workers do the work; they must see model and image under the same paths. Empty: this computer.</source>
        <translation>Adresse eines dask.distributed-Schedulers, etwa tcp://host:8786. Seine Worker tun die Arbeit; sie müssen Modell und Bild unter denselben Pfaden sehen. Leer: dieser Rechner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Trust the model file</source>
        <translation>Der Modelldatei vertrauen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Open a joblib file that the catalogue does not know. Such a file can run any program.</source>
        <translation>Eine joblib-Datei öffnen, die der Katalog nicht kennt. Eine solche Datei kann jedes Programm ausführen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Probabilities</source>
        <translation>Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>One band a class.</source>
        <translation>Ein Kanal je Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Confidence</source>
        <translation>Konfidenz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Probability of the mapped class.</source>
        <translation>Wahrscheinlichkeit der kartierten Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Entropy</source>
        <translation>Entropie</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Uncertainty: 0 certain, 1 (100 %) no idea.</source>
        <translation>Unsicherheit: 0 sicher, 1 (100 %) keine Ahnung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Probability of the mapped class less that of the second one: 0 undecided.</source>
        <translation>Wahrscheinlichkeit der kartierten Klasse minus die der zweiten: 0 unentschieden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Variance</source>
        <translation>Varianz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>How far the answers of several models, or passes with dropout, differ; where there is one of these, those of several looks or scales. Variance of a class's probability, mean over the classes, 0 to 0.25.</source>
        <translation>Wie sehr die Antworten mehrerer Modelle oder der Durchgänge mit Dropout auseinanderliegen; gibt es nur eine davon, die Antworten mehrerer Ansichten oder Maßstäbe. Varianz der Wahrscheinlichkeit einer Klasse, Mittel über die Klassen, 0 bis 0.25.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Picture</source>
        <translation>Abbildung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>The map with its legend.</source>
        <translation>Die Karte mit ihrer Legende.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Mapped pixels</source>
        <translation>Kartierte Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Pixels without data</source>
        <translation>Pixel ohne Daten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict.py"/>
        <source>Mapped area</source>
        <translation>Kartierte Fläche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Predict quality</source>
        <translation>Qualität vorhersagen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Predict how good results are that nobody has checked yet.</source>
        <translation>Vorhersagen, wie gut Ergebnisse sind, die noch niemand geprüft hat.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Gives for each record the predicted metrics with their uncertainty (the interval that holds the true value in 90 of 100 cases, for records like those that the model has learnt from) and its rank for review: 1 is the lowest quality. The records need no metrics. They, and the features, must be made in the same way as those that the model has learnt from; what differs is refused. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Gibt für jeden Eintrag die vorhergesagten Maße mit ihrer Unsicherheit an (dem Intervall, in dem der wahre Wert in 90 von 100 Fällen liegt, bei Einträgen wie denen, aus denen das Modell gelernt hat) und seinen Rang für die Prüfung: 1 ist die niedrigste Qualität. Die Einträge brauchen keine Maße. Sie und die Merkmale müssen auf dieselbe Weise erzeugt sein wie die, aus denen das Modell gelernt hat; was abweicht, wird abgelehnt. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>The table has for each metric, here ssim, in its own unit: predicted_ssim; low_ssim and high_ssim, the ends of the 90 % interval; and deviation_ssim, half the width of the middle 68 %. review_rank goes by the first metric of the model; all is empty for records without features.</source>
        <translation>Die Tabelle hat für jedes Maß, hier ssim, in dessen eigener Einheit: predicted_ssim; low_ssim und high_ssim, die Enden des 90-%-Intervalls; und deviation_ssim, die halbe Breite der mittleren 68 %. review_rank richtet sich nach dem ersten Maß des Modells; bei Einträgen ohne Merkmale ist alles leer.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Quality model</source>
        <translation>Qualitätsmodell</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Made by Train quality model.</source>
        <translation>Erzeugt von Qualitätsmodell trainieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Made by Describe map tiles or Mine results.</source>
        <translation>Erzeugt von Kartenkacheln beschreiben oder Ergebnisse sammeln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Made by Extract features with these records, where the model needs them.</source>
        <translation>Erzeugt von Merkmale berechnen mit diesen Einträgen, wenn das Modell sie braucht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Threshold</source>
        <translation>Schwellwert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Records with a worse first metric are counted.</source>
        <translation>Einträge mit schlechterem erstem Maß werden gezählt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Predictions</source>
        <translation>Vorhersagen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>A row a record.</source>
        <translation>Eine Zeile je Eintrag.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Predicted quality</source>
        <translation>Vorhergesagte Qualität</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Outlines of the records that have a place, what to review first in red.</source>
        <translation>Umrisse der Einträge, die einen Ort haben; was zuerst zu prüfen ist, in Rot.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Records with a prediction</source>
        <translation>Einträge mit Vorhersage</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Records without a prediction</source>
        <translation>Einträge ohne Vorhersage</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Since they have no features.</source>
        <translation>Da sie keine Merkmale haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Mean predicted quality</source>
        <translation>Mittlere vorhergesagte Qualität</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>By the first metric.</source>
        <translation>Nach dem ersten Maß.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Lowest predicted quality</source>
        <translation>Niedrigste vorhergesagte Qualität</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_quality.py"/>
        <source>Records worse than the threshold</source>
        <translation>Einträge schlechter als der Schwellwert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Map tiles</source>
        <translation>Kacheln kartieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Map the tiles of a folder with a model for land cover: a segmentation network, an imported one, or a forest.</source>
        <translation>Die Kacheln eines Ordners mit einem Modell für Landbedeckung kartieren: einem Segmentierungsnetz, einem importierten Netz oder einem Zufallswald.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Tiles are NAME.npz with the array opt_v2 (bands B02, B03, B04, B08; 4 × height × width; reflectance from 0 to 1), of any size. For each one comes a NAME.npz with the array classes (height × width, class ids) and a NAME.json with the class table. The model's bands are matched by their names (B02, B2, blue …), or by their order where they have others. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on. A run that was stopped goes on where it was when it is started again.</source>
        <translation>Kacheln sind NAME.npz mit dem Array opt_v2 (Kanäle B02, B03, B04, B08; 4 × Höhe × Breite; Reflektanz von 0 bis 1), von beliebiger Größe. Zu jeder entstehen eine NAME.npz mit dem Array classes (Höhe × Breite, Klassen-Ids) und eine NAME.json mit der Klassentabelle. Die Kanäle des Modells werden nach ihren Namen zugeordnet (B02, B2, blue …) oder nach ihrer Reihenfolge, wenn sie anders heißen. Eine unbrauchbare Kachel wird in failed_tiles.csv aufgeführt, und der Lauf geht weiter. Ein angehaltener Lauf geht beim nächsten Start dort weiter, wo er war.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>A segmentation network, a network imported with Import model, or a random forest.</source>
        <translation>Ein Segmentierungsnetz, ein mit Modell importieren importiertes Netz oder ein Zufallswald (Random Forest).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>A folder of tile files.</source>
        <translation>Ein Ordner mit Kacheldateien.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>The name of the array in the tile files.</source>
        <translation>Der Name des Arrays in den Kacheldateien.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>What reflectance is multiplied by before the model looks at it. Empty: as its bands say, which is 1 for models that have learnt from decimal numbers and 10000 for those that have learnt from 16-bit whole numbers.</source>
        <translation>Womit die Reflektanz multipliziert wird, bevor das Modell sie sieht. Leer: wie die Kanäle des Modells es sagen, also 1 bei Modellen, die aus Dezimalzahlen gelernt haben, und 10000 bei solchen, die aus ganzen 16-Bit-Zahlen gelernt haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Write probabilities</source>
        <translation>Wahrscheinlichkeiten schreiben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>As the array probabilities (classes × height × width).</source>
        <translation>Als Array probabilities (Klassen × Höhe × Breite).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Mapped tiles</source>
        <translation>Kartierte Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Tile files with the array classes.</source>
        <translation>Kacheldateien mit dem Array classes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/predict_tiles.py"/>
        <source>Tiles mapped</source>
        <translation>Anzahl kartierter Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Queue places for review</source>
        <translation>Orte zur Prüfung auswählen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Choose places of a map that a person should look at, and queue them for the review.</source>
        <translation>Orte einer Karte auswählen, die sich jemand ansehen soll, und zur Prüfung vormerken.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>The result is a GeoPackage of points, each the middle of a pixel, which the review panel opens: there each place is accepted, given another class, or skipped. It then is a reference sample for Evaluate a map, and its training polygons can be learnt from in the next round.</source>
        <translation>Das Ergebnis ist ein GeoPackage mit Punkten, jeder die Mitte eines Pixels, das sich im Bedienfeld Prüfung öffnen lässt: Dort wird jeder Ort bestätigt, bekommt eine andere Klasse oder wird übersprungen. Danach ist es eine Referenzstichprobe für Karte bewerten, und aus seinen Trainingspolygonen lässt sich in der nächsten Runde lernen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Places where the map is unsure or disagrees show fastest what a model has to learn. They say nothing of how good the map is: they were chosen because they are difficult. For accuracy and areas choose a random design, best within each class. Then every place stands for a known number of pixels, its weight, and places that come first are as random as all: you can stop at any one.</source>
        <translation>Orte, an denen die Karte unsicher ist oder abweicht, zeigen am schnellsten, was ein Modell lernen muss. Sie sagen nichts darüber, wie gut die Karte ist: Sie wurden gewählt, weil sie schwierig sind. Für Genauigkeit und Flächen ist ein zufälliger Plan zu wählen, am besten innerhalb jeder Klasse. Dann steht jeder Ort für eine bekannte Anzahl von Pixeln, sein Gewicht, und die ersten Orte sind so zufällig wie alle: Aufhören geht an jedem.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>A raster of class ids. A place is one of its pixels.</source>
        <translation>Ein Raster mit Klassen-Ids. Ein Ort ist eines seiner Pixel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Choose places</source>
        <translation>Orte wählen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Where the map is least sure</source>
        <translation>Wo die Karte am unsichersten ist</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Where another map or a reference shows another class</source>
        <translation>Wo eine andere Karte oder eine Referenz eine andere Klasse zeigt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>At random within each class of the map (for accuracy and areas)</source>
        <translation>Zufällig innerhalb jeder Klasse der Karte (für Genauigkeit und Flächen)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>At random anywhere (for accuracy and areas)</source>
        <translation>Zufällig überall (für Genauigkeit und Flächen)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Uncertainty</source>
        <translation>Unsicherheit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Entropy, confidence, margin or variance that Map with a model writes, or another raster of one band. With other designs it only goes into the result.</source>
        <translation>Entropie, Konfidenz, Abstand oder Varianz, wie Mit einem Modell kartieren sie schreibt, oder ein anderes Raster mit einem Kanal. Bei anderen Plänen kommt sie nur ins Ergebnis.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Numbers that mean unsure</source>
        <translation>Zahlen, die unsicher bedeuten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>What the name of the band says</source>
        <translation>Was der Name des Kanals sagt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>High ones</source>
        <translation>Hohe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Low ones</source>
        <translation>Niedrige</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Other map or reference</source>
        <translation>Andere Karte oder Referenz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>A raster of classes that the map is compared with. Classes are the same where their names are, or their ids where one of the two has no names.</source>
        <translation>Ein Raster mit Klassen, mit dem die Karte verglichen wird. Klassen sind dieselben, wenn ihre Namen gleich sind, oder ihre Ids, wenn eines der beiden keine Namen hat.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Number of places</source>
        <translation>Anzahl der Orte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>With the same seed more places of a random design are the same ones and others.</source>
        <translation>Mit demselben Startwert sind mehr Orte eines zufälligen Plans dieselben und weitere.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Least distance between places</source>
        <translation>Mindestabstand zwischen Orten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>So that they do not lie in one heap; 1 for none. Random designs know none, since it would change what the places stand for.</source>
        <translation>Damit sie nicht auf einem Haufen liegen; 1 für keinen. Zufällige Pläne kennen keinen, denn er würde ändern, wofür die Orte stehen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Least number of places a class</source>
        <translation>Mindestzahl von Orten je Klasse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Of the design within each class, so that rare classes have enough; the rest is shared out by area. 50 make good estimates, 2 are needed for any.</source>
        <translation>Beim Plan innerhalb jeder Klasse, damit seltene Klassen genug haben; der Rest wird nach Fläche verteilt. 50 ergeben gute Schätzungen, 2 sind für jede nötig.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Classes to look at</source>
        <translation>Zu prüfende Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Names or ids of classes of the map, separated by commas. Empty: all.</source>
        <translation>Namen oder Ids von Klassen der Karte, durch Kommas getrennt. Leer: alle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Polygons to keep out of</source>
        <translation>Zu meidende Polygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Such as the training polygons: no place is chosen where one of them touches the pixel.</source>
        <translation>Etwa die Trainingspolygone: Es wird kein Ort gewählt, dessen Pixel eines davon berührt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Places</source>
        <translation>Orte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>The review file.</source>
        <translation>Die Prüfdatei.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/queue_places.py"/>
        <source>Pixels that they were chosen from</source>
        <translation>Pixel, aus denen gewählt wurde</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Cut raster into tile files</source>
        <translation>Raster in Kacheldateien schneiden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Tile refinement</source>
        <translation>Verfeinerung von Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Cut a raster into tile files, which the stages of tile refinement work on: NAME.npz with the pixels and NAME.json with month, biome and the place of the tile, by which Mosaic tile files puts the tiles back together.</source>
        <translation>Ein Raster in Kacheldateien schneiden, mit denen die Schritte der Verfeinerung von Kacheln arbeiten: NAME.npz mit den Pixeln und NAME.json mit Monat, Biom und Lage der Kachel, nach der Kacheldateien zusammensetzen die Kacheln wieder zusammenfügt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Tiles overlap, so that no seams show when they are put together again. The last tile of a row or column is moved back so that it ends with the raster; where the raster is smaller than a tile, so is the tile. Tiles without any data, or outside of the area of interest, are left out. In the others pixels without data are given the values of the nearest pixel with data, so that a network sees no edge there; a mask in the JSON file says where data was, and outside of the area of interest there is none. Reflectance below 0 and above 1, as of bright clouds, is cut off. A run that was stopped goes on where it was when it is started again with the same settings.</source>
        <translation>Kacheln überlappen sich, damit beim Zusammensetzen keine Nähte zu sehen sind. Die letzte Kachel einer Zeile oder Spalte wird zurückgeschoben, sodass sie mit dem Raster endet; ist das Raster kleiner als eine Kachel, ist es die Kachel auch. Kacheln ganz ohne Daten oder außerhalb des Untersuchungsgebiets werden ausgelassen. In den anderen bekommen Pixel ohne Daten die Werte des nächsten Pixels mit Daten, damit ein Netz dort keine Kante sieht; eine Maske in der JSON-Datei sagt, wo Daten waren, und außerhalb des Untersuchungsgebiets sind keine. Reflektanz unter 0 und über 1, wie bei hellen Wolken, wird abgeschnitten. Ein angehaltener Lauf geht dort weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>What the tiles hold</source>
        <translation>Was die Kacheln enthalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Of radar, take the bands as they are.</source>
        <translation>Bei Radar die Kanäle nehmen, wie sie sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Optical reflectance from 0 to 1: blue, green, red, near infrared</source>
        <translation>Optische Reflektanz von 0 bis 1: Blau, Grün, Rot, nahes Infrarot</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Any bands as they are, such as radar backscatter</source>
        <translation>Beliebige Kanäle, wie sie sind, etwa Radar-Rückstreuung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Names, numbers or ranges such as 1-7, separated by commas. For reflectance four of them, in the order blue, green, red, near infrared. Empty: those that are called so or as Sentinel-2 calls them (B2, B3, B4, B8); where bands are taken as they are, all.</source>
        <translation>Namen, Nummern oder Bereiche wie 1-7, durch Kommas getrennt. Für Reflektanz vier davon in der Reihenfolge Blau, Grün, Rot, nahes Infrarot. Leer: die so heißen oder wie bei Sentinel-2 (B2, B3, B4, B8); wenn Kanäle genommen werden, wie sie sind, alle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Scale</source>
        <translation>Skala</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>What pixels are divided by to become reflectance from 0 to 1. A band whose raster has a scale or an offset in its tags is read by these instead. Not used for bands that are taken as they are.</source>
        <translation>Wodurch Pixel geteilt werden, um Reflektanz von 0 bis 1 zu ergeben. Ein Kanal, dessen Raster in seinen Tags eine Skala oder einen Versatz hat, wird stattdessen nach diesen gelesen. Nicht verwendet für Kanäle, die genommen werden, wie sie sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Offset</source>
        <translation>Versatz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Added to pixels before they are divided by the scale, such as -1000 for Sentinel-2 products of ESA from 2022 on.</source>
        <translation>Wird zu Pixeln addiert, bevor sie durch die Skala geteilt werden, etwa -1000 für Sentinel-2-Produkte der ESA ab 2022.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Tiles are squares.</source>
        <translation>Kacheln sind quadratisch.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>How far neighbouring tiles overlap.</source>
        <translation>Wie weit sich benachbarte Kacheln überlappen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Month of the image, 1 to 12, for the tiles' metadata: networks are told of it. Together with the year it also names the mosaic where no image is given.</source>
        <translation>Monat des Bildes, 1 bis 12, für die Metadaten der Kacheln: Netze erfahren ihn. Zusammen mit dem Jahr benennt er auch das Mosaik, wenn kein Bild angegeben ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Biome</source>
        <translation>Biom</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Code of the biome, 0 to 15, for the tiles' metadata: networks are told of it, and the codes are those that the network was trained with.</source>
        <translation>Code des Bioms, 0 bis 15, für die Metadaten der Kacheln: Netze erfahren ihn, und die Codes sind die, mit denen das Netz trainiert wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Array</source>
        <translation>Array</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Name of the array in the files. Empty: opt_v1 for reflectance, sar for bands that are taken as they are.</source>
        <translation>Name des Arrays in den Dateien. Leer: opt_v1 für Reflektanz, sar für Kanäle, die genommen werden, wie sie sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Remove the tiles that an earlier run with other settings has cut into the folder. Files of your own stay.</source>
        <translation>Die Kacheln entfernen, die ein früherer Lauf mit anderen Einstellungen in den Ordner geschnitten hat. Eigene Dateien bleiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Tile files</source>
        <translation>Kacheldateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Outlines of the tiles</source>
        <translation>Umrisse der Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>A polygon a tile.</source>
        <translation>Ein Polygon je Kachel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Without any data in the area of interest.</source>
        <translation>Ohne Daten im Untersuchungsgebiet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Tiles in which some pixels have no data</source>
        <translation>Kacheln, in denen einige Pixel keine Daten haben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Share of the values that were cut off</source>
        <translation>Anteil der abgeschnittenen Werte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/raster_to_tiles.py"/>
        <source>Below 0 or above 1; only tiles cut in this run count.</source>
        <translation>Unter 0 oder über 1; nur in diesem Lauf geschnittene Kacheln zählen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Refine with a CRF</source>
        <translation>Mit einem CRF verfeinern</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Refine the probabilities of a map with a dense conditional random field (Krähenbühl &amp; Koltun 2011).</source>
        <translation>Die Wahrscheinlichkeiten einer Karte mit einem dichten Conditional Random Field verfeinern (Krähenbühl &amp; Koltun 2011).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Each pixel is drawn to the classes of the pixels near it (spatial kernel), and more so of those that also look like it in the image (bilateral kernel): specks vanish and borders move to edges of the image. Narrow things, such as roads, may vanish too: compare the accuracy before and after. The older setting was 5 iterations, spatial sxy 3, spatial weight 3 and bilateral weight 10.</source>
        <translation>Jedes Pixel wird zu den Klassen der Pixel in seiner Nähe gezogen (räumlicher Kern) und stärker zu denen, die ihm auch im Bild ähnlich sehen (bilateraler Kern): Einzelne Flecken verschwinden, und Grenzen rücken an Kanten des Bildes. Auch Schmales wie Straßen kann verschwinden: die Genauigkeit vorher und nachher vergleichen. Die ältere Einstellung war: 5 Iterationen, räumliches sxy 3, räumliches Gewicht 3 und bilaterales Gewicht 10.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Bands are brought to values from 0 to 255 by the 2nd and 98th percentile of the whole raster. Pixels without data have no influence on others; where only the image has no data, the probabilities stay as they are. Large rasters are worked on in tiles that are looked at with a margin (the halo). A run that was stopped goes on where it was when it is started again with the same settings. Needs the CRF layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Kanäle werden nach dem 2. und 98. Perzentil des ganzen Rasters auf Werte von 0 bis 255 gebracht. Pixel ohne Daten haben keinen Einfluss auf andere; wo nur das Bild keine Daten hat, bleiben die Wahrscheinlichkeiten, wie sie sind. Große Raster werden in Kacheln bearbeitet, die mit einem Rand betrachtet werden (dem Halo). Ein angehaltener Lauf geht dort weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird. Braucht das Dense CRF (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>A band for each class, as Map with a model writes them beside the map.</source>
        <translation>Ein Kanal für jede Klasse, wie Mit einem Modell kartieren sie neben die Karte schreibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Iterations</source>
        <translation>Iterationen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Of the mean field; after some ten nothing changes.</source>
        <translation>Des Mean-Field-Verfahrens; nach etwa zehn ändert sich nichts mehr.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Spatial sxy</source>
        <translation>Räumliches sxy</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Standard deviation of the spatial kernel: how far pixels pull at each other.</source>
        <translation>Standardabweichung des räumlichen Kerns: wie weit Pixel aneinander ziehen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Spatial weight</source>
        <translation>Räumliches Gewicht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Weight of the spatial kernel; 0: none.</source>
        <translation>Gewicht des räumlichen Kerns; 0: keiner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Bilateral sxy</source>
        <translation>Bilaterales sxy</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Standard deviation in space of the kernel that also looks at the image. Large values suit large things: at 10 m, 20 pixels already wipe out fields and hedges.</source>
        <translation>Räumliche Standardabweichung des Kerns, der auch das Bild betrachtet. Große Werte passen zu großen Dingen: Bei 10 m löschen 20 Pixel schon Felder und Hecken aus.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Bilateral srgb</source>
        <translation>Bilaterales srgb</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Its standard deviation in the image, whose values go from 0 to 255: how alike pixels have to look. Smaller values follow fainter edges, and take longer.</source>
        <translation>Seine Standardabweichung im Bild, dessen Werte von 0 bis 255 gehen: wie ähnlich Pixel aussehen müssen. Kleinere Werte folgen schwächeren Kanten und brauchen länger.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Bilateral weight</source>
        <translation>Bilaterales Gewicht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Weight of the bilateral kernel; 0: none.</source>
        <translation>Gewicht des bilateralen Kerns; 0: keiner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Tiles, at most</source>
        <translation>Kacheln, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Edge of the tiles that are worked on at once. They are as much smaller as the memory budget asks for.</source>
        <translation>Kantenlänge der Kacheln, die auf einmal bearbeitet werden. Sie sind so viel kleiner, wie das Speicherbudget verlangt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Halo</source>
        <translation>Halo</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>How many pixels around a tile are looked at, so that no seam shows. Empty: three times the larger sxy, and 10 more.</source>
        <translation>Wie viele Pixel um eine Kachel betrachtet werden, damit keine Naht zu sehen ist. Leer: dreimal das größere sxy und 10 mehr.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>How much the run may use at most, all its processes together. Fewer work at once where it is small.</source>
        <translation>Wie viel der Lauf höchstens verwenden darf, alle seine Prozesse zusammen. Ist es wenig, arbeiten weniger zugleich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Refined probabilities</source>
        <translation>Verfeinerte Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>One band a class, stored like the given ones.</source>
        <translation>Ein Kanal je Klasse, gespeichert wie die angegebenen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Share of the mapped pixels that have another class now</source>
        <translation>Anteil der kartierten Pixel, die jetzt eine andere Klasse haben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Pixels that have another class now</source>
        <translation>Pixel, die jetzt eine andere Klasse haben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Refined pixels</source>
        <translation>Verfeinerte Pixel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_crf.py"/>
        <source>Pixels that stayed as they were, since the image has no data there</source>
        <translation>Pixel, die blieben, wie sie waren, da das Bild dort keine Daten hat</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Refine tiles</source>
        <translation>Kacheln verfeinern</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Refine the optical tiles of a folder with a trained network that knows the month and the biome of each.</source>
        <translation>Die optischen Kacheln eines Ordners mit einem trainierten Netz verfeinern, das Monat und Biom jeder Kachel kennt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Tiles are NAME.npz with the array opt_v1 (bands B02, B03, B04, B08; 4 × height × width; reflectance from 0 to 1), of any size, and beside each a NAME.json with month and biome_code. For each one comes a NAME.npz with the array opt_v2 and a NAME.json. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on. A run that was stopped goes on where it was when it is started again. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…); a graphics card makes it many times faster.</source>
        <translation>Kacheln sind NAME.npz mit dem Array opt_v1 (Kanäle B02, B03, B04, B08; 4 × Höhe × Breite; Reflektanz von 0 bis 1), von beliebiger Größe, und neben jeder eine NAME.json mit month und biome_code. Zu jeder entstehen eine NAME.npz mit dem Array opt_v2 und eine NAME.json. Eine unbrauchbare Kachel wird in failed_tiles.csv aufgeführt, und der Lauf geht weiter. Ein angehaltener Lauf geht beim nächsten Start dort weiter, wo er war. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…); mit einer Grafikkarte geht es um ein Vielfaches schneller.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Made by Train refiner, or an ONNX network imported with Import model.</source>
        <translation>Erzeugt von Verfeinerer trainieren, oder ein mit Modell importieren importiertes ONNX-Netz.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>A folder of tile files with the array opt_v1.</source>
        <translation>Ein Ordner mit Kacheldateien mit dem Array opt_v1.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Refined tiles</source>
        <translation>Verfeinerte Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Tile files with the array opt_v2.</source>
        <translation>Kacheldateien mit dem Array opt_v2.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/refine_tiles.py"/>
        <source>Tiles refined</source>
        <translation>Anzahl verfeinerter Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Split data set</source>
        <translation>Datensatz teilen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Split a patch data set into training, validation and, as wished, test.</source>
        <translation>Einen Datensatz aus Bildausschnitten in Training, Validierung und, falls gewünscht, Test teilen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>The shares hold for each class. By default a polygon stands whole on one side, together with polygons whose patches overlap its own: the jittered patches of one polygon show the same ground, and a network that has learnt one of them knows the others. Only patches that were extracted and are good enough are used.</source>
        <translation>Die Anteile gelten für jede Klasse. Ohne andere Angabe steht ein Polygon ganz auf einer Seite, zusammen mit Polygonen, deren Bildausschnitte seine eigenen überlappen: Die versetzten Bildausschnitte eines Polygons zeigen denselben Boden, und ein Netz, das einen davon gelernt hat, kennt die anderen. Verwendet werden nur Bildausschnitte, die entnommen wurden und gut genug sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>What stands whole on one side</source>
        <translation>Was ganz auf einer Seite steht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Single patches leak: patches of one polygon, which show the same ground, stand on both sides, and the accuracy that is found is too high.</source>
        <translation>Einzelne Bildausschnitte geben Wissen weiter: Bildausschnitte eines Polygons, die denselben Boden zeigen, stehen auf beiden Seiten, und die gefundene Genauigkeit ist zu hoch.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Single patches (leaking: copies of a polygon stand on both sides)</source>
        <translation>Einzelne Bildausschnitte (undicht: Kopien eines Polygons stehen auf beiden Seiten)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Share for validation</source>
        <translation>Anteil zur Validierung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Of the patches of each class.</source>
        <translation>Der Bildausschnitte jeder Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Share for a test</source>
        <translation>Anteil für einen Test</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Of the patches of each class. 0: no test part.</source>
        <translation>Der Bildausschnitte jeder Klasse. 0: kein Testteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>1: one split by the shares above. From 2 on: cross-validation, every group is held out once; the files of training and validation are those of the first fold, and the share for validation is not looked at.</source>
        <translation>1: eine Teilung nach den Anteilen oben. Ab 2: Kreuzvalidierung, jede Gruppe wird einmal zurückgehalten; die Dateien für Training und Validierung sind die der ersten Faltung, und der Anteil zur Validierung wird nicht beachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Worst tier that is used</source>
        <translation>Schlechteste verwendete Stufe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Worse patches are left out.</source>
        <translation>Schlechtere Bildausschnitte werden ausgelassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Excellent: nothing missing</source>
        <translation>Ausgezeichnet: nichts fehlt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Good: up to 10 % missing</source>
        <translation>Gut: bis zu 10 % fehlen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Acceptable: up to 20 % missing</source>
        <translation>Annehmbar: bis zu 20 % fehlen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Poor: any</source>
        <translation>Schlecht: beliebig viel fehlt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>In units of the image's CRS. Empty: a tenth of the patches' extent.</source>
        <translation>In Einheiten des KBS des Bildes. Leer: ein Zehntel der Ausdehnung der Bildausschnitte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Keep polygons together whose patches overlap</source>
        <translation>Polygone mit überlappenden Bildausschnitten zusammenhalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>With blocks: leave out patches that overlap one of another part. Else held-out patches may show ground that was learnt; how many do is told.</source>
        <translation>Bei Blöcken: Bildausschnitte auslassen, die einen eines anderen Teils überlappen. Sonst können zurückgehaltene Bildausschnitte gelernten Boden zeigen; wie viele es tun, wird angegeben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Footprints by part</source>
        <translation>Umrisse nach Teil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>The outline of each patch, coloured by the part it is in.</source>
        <translation>Der Umriss jedes Bildausschnitts, nach dem Teil eingefärbt, in dem er ist.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>The split by class.</source>
        <translation>Die Teilung nach Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Training patches</source>
        <translation>Trainingsausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Validation patches</source>
        <translation>Validierungsausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Test patches</source>
        <translation>Testausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Patches not used</source>
        <translation>Nicht verwendete Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Not extracted, or of a worse tier.</source>
        <translation>Nicht entnommen oder von schlechterer Stufe.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Groups</source>
        <translation>Gruppen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Each stands whole on one side.</source>
        <translation>Jede steht ganz auf einer Seite.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Polygons on both sides</source>
        <translation>Polygone auf beiden Seiten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>With patches in more than one part.</source>
        <translation>Mit Bildausschnitten in mehr als einem Teil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>Held-out patches on ground that was learnt</source>
        <translation>Zurückgehaltene Bildausschnitte auf gelerntem Boden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_dataset.py"/>
        <source>They overlap training patches of another polygon.</source>
        <translation>Sie überlappen Trainingsausschnitte eines anderen Polygons.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Split records</source>
        <translation>Einträge teilen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Split a table of records into training, validation and test, or into folds, and choose records to look at.</source>
        <translation>Eine Tabelle von Einträgen in Training, Validierung und Test oder in Faltungen teilen und Einträge zum Ansehen auswählen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>The shares hold for each type and each class of quality, which are quantiles of a metric. All records of an image, whatever their parameters, stand on one side, also where the image has several names; so do images whose footprints overlap, for they show the same ground. By groups, also all records with the same value of a column; by blocks, all of a block of ground, and what overlaps a block of another part is left out.</source>
        <translation>Die Anteile gelten für jeden Typ und jede Qualitätsklasse; die Qualitätsklassen sind Quantile eines Maßes. Alle Einträge eines Bildes, gleich mit welchen Parametern, stehen auf einer Seite, auch wenn das Bild mehrere Namen hat; ebenso Bilder, deren Umrisse sich überlappen, denn sie zeigen denselben Boden. Nach Gruppen auch alle Einträge mit demselben Wert einer Spalte; nach Blöcken alle eines Blocks am Boden, und was einen Block eines anderen Teils überlappt, wird ausgelassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>By time, the latest records are the test and those before it validation; an image that is also known from an earlier time keeps only its earliest records. Types can be brought to given shares, by leaving out records of those with too many. Types and classes of quality with too few records are named.</source>
        <translation>Nach der Zeit sind die spätesten Einträge der Test und die davor die Validierung; ein Bild, das auch aus früherer Zeit bekannt ist, behält nur seine frühesten Einträge. Typen können auf angegebene Anteile gebracht werden, indem Einträge derer ausgelassen werden, die zu viele haben. Typen und Qualitätsklassen mit zu wenigen Einträgen werden genannt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>A table made by Mine results or Describe map tiles.</source>
        <translation>Eine Tabelle, erzeugt von Ergebnisse sammeln oder Kartenkacheln beschreiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>What belongs together must not be learnt from and tested with.</source>
        <translation>Aus dem, was zusammengehört, darf nicht gelernt und zugleich damit getestet werden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Groups (a column, such as scene or run)</source>
        <translation>Gruppen (eine Spalte, etwa scene oder run)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Spatial blocks of the footprints</source>
        <translation>Räumliche Blöcke der Umrisse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Column of the groups</source>
        <translation>Spalte der Gruppen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Such as group, method or param_sensor.</source>
        <translation>Etwa group, method oder param_sensor.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>How records are drawn</source>
        <translation>Wie Einträge gezogen werden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>At random, evenly by type and quality</source>
        <translation>Zufällig, gleichmäßig nach Typ und Qualität</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>By time: the latest are the test</source>
        <translation>Nach der Zeit: Die spätesten sind der Test</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Metric of the classes of quality</source>
        <translation>Maß der Qualitätsklassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Such as ssim. Empty: ssim where records have it, else their first metric.</source>
        <translation>Etwa ssim. Leer: ssim, wenn Einträge es haben, sonst ihr erstes Maß.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Classes of quality</source>
        <translation>Qualitätsklassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Quantiles of the metric. 1: by type alone.</source>
        <translation>Quantile des Maßes. 1: nur nach Typ.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Of the records of each stratum.</source>
        <translation>Der Einträge jedes Stratums.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>0: no test part.</source>
        <translation>0: kein Testteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>1: one split by the shares above. From 2 on: cross-validation of all that is not test; validation is the first fold, and its share is not looked at.</source>
        <translation>1: eine Teilung nach den Anteilen oben. Ab 2: Kreuzvalidierung über alles, was nicht Test ist; die Validierung ist die erste Faltung, und ihr Anteil wird nicht beachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Shares of the types</source>
        <translation>Anteile der Typen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Such as a=30, b=25, c=25, d=20, or equal. Records of types with too many are left out, at random and evenly by quality; types that are not named are left out. Empty: as they are.</source>
        <translation>Etwa a=30, b=25, c=25, d=20 oder equal. Von Typen mit zu vielen Einträgen werden welche ausgelassen, zufällig und gleichmäßig nach Qualität; nicht genannte Typen werden ausgelassen. Leer: wie sie sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Share to look at</source>
        <translation>Anzusehender Anteil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Of the records of each type and class of quality, for somebody to check by eye.</source>
        <translation>Der Einträge jedes Typs und jeder Qualitätsklasse, damit jemand sie mit dem Auge prüft.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Keep images together whose footprints overlap</source>
        <translation>Bilder mit überlappenden Umrissen zusammenhalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>With blocks: leave out records that overlap one of another part. Else held-out records may show ground that was learnt; how many do is told.</source>
        <translation>Bei Blöcken: Einträge auslassen, die einen eines anderen Teils überlappen. Sonst können zurückgehaltene Einträge gelernten Boden zeigen; wie viele es tun, wird angegeben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>In units of the footprints' CRS. Empty: a tenth of their extent.</source>
        <translation>In Einheiten des KBS der Umrisse. Leer: ein Zehntel ihrer Ausdehnung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>The same table with the columns part, fold and inspect.</source>
        <translation>Dieselbe Tabelle mit den Spalten part, fold und inspect.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Records to look at</source>
        <translation>Anzusehende Einträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>A list with columns to fill in.</source>
        <translation>Eine Liste mit Spalten zum Ausfüllen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Footprints to look at</source>
        <translation>Anzusehende Umrisse</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Of the same records; these must have footprints.</source>
        <translation>Der gleichen Einträge; diese müssen Umrisse haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Metadata</source>
        <translation>Metadaten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Counts by part, type and class of quality, settings.</source>
        <translation>Anzahlen nach Teil, Typ und Qualitätsklasse, Einstellungen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>The split by type and quality.</source>
        <translation>Die Teilung nach Typ und Qualität.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Training records</source>
        <translation>Trainingseinträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Validation records</source>
        <translation>Validierungseinträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Test records</source>
        <translation>Testeinträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Records not used</source>
        <translation>Nicht verwendete Einträge</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Types and classes of quality with too few records</source>
        <translation>Typen und Qualitätsklassen mit zu wenigen Einträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>For a record in each part.</source>
        <translation>Für einen Eintrag in jedem Teil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Images on both sides</source>
        <translation>Bilder auf beiden Seiten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/split_records.py"/>
        <source>Held-out records on ground that was learnt</source>
        <translation>Zurückgehaltene Einträge auf gelerntem Boden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>Summarize data set</source>
        <translation>Datensatz zusammenfassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>Put everything about a patch data set on one page: figures, criteria, pictures and next steps.</source>
        <translation>Alles über einen Datensatz aus Bildausschnitten auf eine Seite bringen: Zahlen, Kriterien, Bilder und nächste Schritte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>The criteria: more than 90 % of the patches extracted, less than 20 % of the values missing, validation passed, and no polygon on both sides of the split.</source>
        <translation>Die Kriterien: mehr als 90 % der Bildausschnitte entnommen, weniger als 20 % der Werte fehlen, Validierung bestanden und kein Polygon auf beiden Seiten der Teilung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>A copy of the data set's own dataset_report.html.</source>
        <translation>Eine Kopie der dataset_report.html des Datensatzes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>Share of the patches that was extracted</source>
        <translation>Anteil der entnommenen Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>Criteria met</source>
        <translation>Erfüllte Kriterien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/summarize_dataset.py"/>
        <source>Criteria in all</source>
        <translation>Kriterien insgesamt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Mosaic tile files</source>
        <translation>Kacheldateien zusammensetzen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Put tile files together to one raster, a Cloud-Optimized GeoTIFF that spans them.</source>
        <translation>Kacheldateien zu einem Raster zusammensetzen, einem Cloud-Optimized GeoTIFF, das sie alle umfasst.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>The JSON file beside each tile says where it lies, as Cut raster into tile files wrote it and the stages of tile refinement keep it. Where tiles overlap, each fades into the next; classes cannot be blended, so that a pixel has the class of the tile in which it is farthest from the border. Where there is no tile, or the raster that was cut had no data, the result has none. Tiles with another coordinate reference system or pixel grid than the others are refused; tiles that cannot be read are left out and listed. A run that was stopped goes on where it was when it is started again with the same settings.</source>
        <translation>Die JSON-Datei neben jeder Kachel sagt, wo sie liegt, wie Raster in Kacheldateien schneiden sie geschrieben hat und die Schritte der Verfeinerung von Kacheln sie bewahren. Wo Kacheln sich überlappen, geht jede allmählich in die nächste über; Klassen lassen sich nicht mischen, darum hat ein Pixel die Klasse der Kachel, in der es am weitesten vom Rand liegt. Wo keine Kachel ist oder das zerschnittene Raster keine Daten hatte, hat auch das Ergebnis keine. Kacheln mit einem anderen KBS oder Pixelgitter als die übrigen werden abgelehnt; nicht lesbare Kacheln werden ausgelassen und aufgeführt. Ein angehaltener Lauf geht dort weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>A folder of NAME.npz with NAME.json.</source>
        <translation>Ein Ordner mit NAME.npz und NAME.json.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Which array of the files: opt_v2 for refined tiles, opt_v1 for unrefined ones, classes or probabilities for those that were classified. An array of height × width holds classes and becomes a class map.</source>
        <translation>Welches Array der Dateien: opt_v2 für verfeinerte Kacheln, opt_v1 für nicht verfeinerte, classes oder probabilities für klassifizierte. Ein Array von Höhe × Breite enthält Klassen und wird zu einer Klassenkarte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Data type</source>
        <translation>Datentyp</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Of images; only reflectance from 0 to 1 can be stored as whole numbers. Classes are whole numbers and probabilities floating-point numbers anyway.</source>
        <translation>Bei Bildern; nur Reflektanz von 0 bis 1 kann als ganze Zahlen gespeichert werden. Klassen sind ohnehin ganze Zahlen und Wahrscheinlichkeiten Gleitkommazahlen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Whole numbers, reflectance × 10000</source>
        <translation>Ganze Zahlen, Reflektanz × 10000</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Floating-point numbers, as they are</source>
        <translation>Gleitkommazahlen, wie sie sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>How much the run may use at most. Fewer pixels are worked on at once where it is small.</source>
        <translation>Wie viel der Lauf höchstens verwenden darf. Ist es wenig, werden weniger Pixel auf einmal bearbeitet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Mosaic</source>
        <translation>Mosaik</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Spans all tiles, on their pixel grid.</source>
        <translation>Umfasst alle Kacheln, auf ihrem Pixelgitter.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Table of the tiles that could not be used</source>
        <translation>Tabelle der unbrauchbaren Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>With the reason.</source>
        <translation>Mit dem Grund.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Tiles in the mosaic</source>
        <translation>Kacheln im Mosaik</translation>
    </message>
    <message>
        <location filename="../landloom/stages/tiles_to_raster.py"/>
        <source>Share of the pixels with data</source>
        <translation>Anteil der Pixel mit Daten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Train patch classifier</source>
        <translation>Klassifikator für Bildausschnitte trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Train a small convolutional network on the patches of a data set and measure its accuracy on patches held out.</source>
        <translation>Ein kleines Faltungsnetz mit den Bildausschnitten eines Datensatzes trainieren und seine Genauigkeit an zurückgehaltenen Bildausschnitten messen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Training ends when the loss on the validation part has not fallen for a while; the network of the best epoch is kept. A run that was stopped goes on where it was when it is started again with the same settings. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Das Training endet, wenn der Verlust am Validierungsteil eine Weile nicht gesunken ist; das Netz der besten Epoche bleibt. Ein angehaltener Lauf geht dort weiter, wo er war, wenn er mit denselben Einstellungen neu gestartet wird. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>A folder with patches that have been split.</source>
        <translation>Ein Ordner mit Bildausschnitten, die geteilt wurden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Fold to validate with</source>
        <translation>Faltung zur Validierung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Of a data set that was split into folds. Empty: the parts train, val and test.</source>
        <translation>Eines Datensatzes, der in Faltungen geteilt wurde. Leer: die Teile train, val und test.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Epochs, at most</source>
        <translation>Epochen, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>How often all patches are learnt from.</source>
        <translation>Wie oft aus allen Bildausschnitten gelernt wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Patience</source>
        <translation>Geduld</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Stop after so many epochs without a lower validation loss.</source>
        <translation>Nach so vielen Epochen ohne niedrigeren Validierungsverlust aufhören.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Batch size</source>
        <translation>Stapelgröße</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Patches that one step of learning looks at.</source>
        <translation>Bildausschnitte, die ein Lernschritt betrachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Of the first epoch; it falls along a cosine until the last.</source>
        <translation>Der ersten Epoche; sie fällt entlang eines Kosinus bis zur letzten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Width of the network</source>
        <translation>Breite des Netzes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Channels of each layer. Twice as many cost about three times the time, in training and in mapping.</source>
        <translation>Netzkanäle jeder Schicht. Doppelt so viele kosten etwa die dreifache Zeit, beim Training und beim Kartieren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Scaling of the bands</source>
        <translation>Skalierung der Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>By mean and standard deviation of the training patches</source>
        <translation>Nach Mittelwert und Standardabweichung der Trainingsausschnitte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Divided by 10000 (reflectance as whole numbers)</source>
        <translation>Durch 10000 geteilt (Reflektanz als ganze Zahlen)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Turn and mirror patches while learning</source>
        <translation>Bildausschnitte beim Lernen drehen und spiegeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Some also lose a strip at their border, as at the edge of an image or a cloud.</source>
        <translation>Einige verlieren auch einen Streifen an ihrem Rand, wie am Rand eines Bildes oder einer Wolke.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Compute on</source>
        <translation>Rechnen auf</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Where a neural network computes.</source>
        <translation>Worauf ein neuronales Netz rechnet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>A graphics card if there is one</source>
        <translation>Einer Grafikkarte, wenn es eine gibt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>The processor</source>
        <translation>Dem Prozessor</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>An NVIDIA graphics card</source>
        <translation>Einer NVIDIA-Grafikkarte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Processor cores</source>
        <translation>Prozessorkerne</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Empty: all. Another number can change the last digits of the result.</source>
        <translation>Leer: alle. Eine andere Zahl kann die letzten Stellen des Ergebnisses ändern.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Accuracy, learning curves, confusion matrix.</source>
        <translation>Genauigkeit, Lernkurven, Konfusionsmatrix.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Overall accuracy on held-out patches</source>
        <translation>Gesamtgenauigkeit an zurückgehaltenen Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Balanced accuracy on held-out patches</source>
        <translation>Ausgewogene Genauigkeit an zurückgehaltenen Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Cohen's kappa on held-out patches</source>
        <translation>Cohens Kappa an zurückgehaltenen Bildausschnitten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Lowest validation loss</source>
        <translation>Niedrigster Validierungsverlust</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Epoch that the network was taken from</source>
        <translation>Epoche, aus der das Netz stammt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Epochs that were run</source>
        <translation>Gelaufene Epochen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Patches to train on</source>
        <translation>Bildausschnitte zum Trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Patches to validate with</source>
        <translation>Bildausschnitte zum Validieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_patch_classifier.py"/>
        <source>Patches to test with</source>
        <translation>Bildausschnitte zum Testen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Train quality model</source>
        <translation>Qualitätsmodell trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Learn how good a result will be from the features of its image and the parameters it was made with.</source>
        <translation>Lernen, wie gut ein Ergebnis sein wird, aus den Merkmalen seines Bildes und den Parametern, mit denen es erzeugt wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Several small networks (ridge regression, and a multi-layer perceptron that learns what it misses) learn the same from other beginnings; their mean is the prediction. All scaling, and the principal components of the features, come from the training records; training stops by the validation records, which also say how wide intervals have to be; the figures come from the test records alone. They are compared, on the same records, with what is simpler: the mean of the training records, one parameter alone (mean_entropy where there is one, learnt from or not), and ridge regression. The report says whether the model earns its place; where it does not, use the simpler one.</source>
        <translation>Mehrere kleine Netze (Ridge-Regression und ein mehrschichtiges Perzeptron, das lernt, was ihr entgeht) lernen dasselbe von verschiedenen Anfängen aus; ihr Mittel ist die Vorhersage. Alle Skalierung und die Hauptkomponenten der Merkmale kommen aus den Trainingseinträgen; wann das Training aufhört, bestimmen die Validierungseinträge, die auch sagen, wie breit Intervalle sein müssen; die Zahlen kommen allein aus den Testeinträgen. Verglichen werden sie, an denselben Einträgen, mit Einfacherem: dem Mittel der Trainingseinträge, einem einzelnen Parameter (mean_entropy, wo es ihn gibt, gleich ob aus ihm gelernt wurde) und Ridge-Regression. Der Bericht sagt, ob sich das Modell lohnt; lohnt es sich nicht, ist das einfachere zu verwenden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Records that have not been split are dealt by whole groups, those of one image together: 70 % to training, 15 % each to validation and test. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Nicht geteilte Einträge werden in ganzen Gruppen verteilt, die eines Bildes zusammen: 70 % ins Training, je 15 % in Validierung und Test. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>With metrics; made by Mine results or Describe map tiles.</source>
        <translation>Mit Maßen; erzeugt von Ergebnisse sammeln oder Kartenkacheln beschreiben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Made by Extract features with these records.</source>
        <translation>Erzeugt von Merkmale berechnen mit diesen Einträgen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Names of the metrics to predict, separated by commas; the numbers that come out are those of the first. Empty: all that the records have.</source>
        <translation>Namen der vorherzusagenden Maße, durch Kommas getrennt; die ausgegebenen Zahlen sind die des ersten. Leer: alle, die die Einträge haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Learn from the parameters</source>
        <translation>Aus den Parametern lernen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Else from the features alone.</source>
        <translation>Sonst nur aus den Merkmalen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Components of the features</source>
        <translation>Komponenten der Merkmale</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Features are reduced to so many principal components. Empty: one for 20 training records, 32 at most.</source>
        <translation>Auf so viele Hauptkomponenten werden die Merkmale verringert. Leer: eine je 20 Trainingseinträge, höchstens 32.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Networks</source>
        <translation>Netze</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>How many learn the same. How far they disagree is part of the uncertainty.</source>
        <translation>Wie viele dasselbe lernen. Wie sehr sie voneinander abweichen, ist Teil der Unsicherheit.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Units a layer</source>
        <translation>Einheiten je Schicht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Of each network.</source>
        <translation>Jedes Netzes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Hidden ones of each network.</source>
        <translation>Verborgene Schichten jedes Netzes.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Share of the units that are left out at random while learning, so that none is relied on.</source>
        <translation>Anteil der Einheiten, die beim Lernen zufällig ausgelassen werden, damit sich das Netz auf keine verlässt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>How often all records are learnt from.</source>
        <translation>Wie oft aus allen Einträgen gelernt wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Records that one step looks at.</source>
        <translation>Einträge, die ein Schritt betrachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Keeps weights small, so that few records are not learnt by heart.</source>
        <translation>Hält Gewichte klein, damit wenige Einträge nicht auswendig gelernt werden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>How good predictions are, and whether simpler ones are as good.</source>
        <translation>Wie gut Vorhersagen sind und ob einfachere ebenso gut sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Mean absolute error on the test records</source>
        <translation>Mittlerer absoluter Fehler an den Testeinträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Root mean squared error on the test records</source>
        <translation>Wurzel des mittleren quadratischen Fehlers an den Testeinträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>R² on the test records</source>
        <translation>R² an den Testeinträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Spearman's rank correlation on the test records</source>
        <translation>Spearmans Rangkorrelation an den Testeinträgen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Calibration error</source>
        <translation>Kalibrierungsfehler</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Mean distance of predicted and true quality over bins of test records.</source>
        <translation>Mittlerer Abstand von vorhergesagter und wahrer Qualität über Intervalle von Testeinträgen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Coverage</source>
        <translation>Abdeckung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Share of the test records in their 90 % interval.</source>
        <translation>Anteil der Testeinträge, die in ihrem 90-%-Intervall liegen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Rank correlation of one parameter alone</source>
        <translation>Rangkorrelation eines einzelnen Parameters</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Mean entropy where the records have it.</source>
        <translation>Der mittleren Entropie, wenn die Einträge sie haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Rank correlation of the best ridge regression</source>
        <translation>Rangkorrelation der besten Ridge-Regression</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Whether the model earns its place</source>
        <translation>Ob sich das Modell lohnt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>1 where it ranks better than one parameter alone and has a smaller error than all baselines, both beyond chance, else 0; nothing where that cannot be told, as from test records of fewer than five groups.</source>
        <translation>1, wenn es besser ordnet als ein einzelner Parameter und einen kleineren Fehler hat als alle Vergleichsverfahren, beides über den Zufall hinaus, sonst 0; nichts, wo es sich nicht sagen lässt, etwa bei Testeinträgen aus weniger als fünf Gruppen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Whether the model earns its place, in words</source>
        <translation>Ob sich das Modell lohnt, in Worten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Records to train on</source>
        <translation>Einträge zum Trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Records to validate with</source>
        <translation>Einträge zum Validieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_quality_model.py"/>
        <source>Records to test with</source>
        <translation>Einträge zum Testen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Train random forest</source>
        <translation>Zufallswald (Random Forest) trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Train a random forest on a sample table and measure its accuracy on samples held out.</source>
        <translation>Einen Zufallswald (Random Forest) mit einer Stichprobentabelle trainieren und seine Genauigkeit an zurückgehaltenen Stichproben messen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>By default whole polygons are held out, so that no pixel is tested whose neighbours were trained on. The model that is saved is then trained on all samples; its accuracy is that of the models tested before.</source>
        <translation>Ohne andere Angabe werden ganze Polygone zurückgehalten, damit kein Pixel getestet wird, mit dessen Nachbarn trainiert wurde. Das gespeicherte Modell wird danach mit allen Stichproben trainiert; seine Genauigkeit ist die der zuvor getesteten Modelle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Made by Extract samples.</source>
        <translation>Erzeugt von Stichproben entnehmen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Depth of a tree, at most</source>
        <translation>Tiefe eines Baums, höchstens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Empty: until the leaves are pure.</source>
        <translation>Leer: bis die Blätter rein sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Samples in a leaf, at least</source>
        <translation>Stichproben in einem Blatt, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Columns tried at a split</source>
        <translation>Bei einer Teilung versuchte Spalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Square root of their number</source>
        <translation>Quadratwurzel ihrer Anzahl</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Logarithm of their number</source>
        <translation>Logarithmus ihrer Anzahl</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>A third</source>
        <translation>Ein Drittel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Class weights</source>
        <translation>Klassengewichte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Balanced: rare classes count as much as frequent ones.</source>
        <translation>Ausgewogen: Seltene Klassen zählen so viel wie häufige.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Balanced in each tree</source>
        <translation>In jedem Baum ausgewogen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Hold out for validation</source>
        <translation>Zur Validierung zurückhalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Pixels of one polygon are alike. Held-out single pixels therefore flatter the model: their neighbours were trained on.</source>
        <translation>Die Pixel eines Polygons ähneln sich. Einzeln zurückgehaltene Pixel schmeicheln deshalb dem Modell: Mit ihren Nachbarn wurde trainiert.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Whole polygons</source>
        <translation>Ganze Polygone</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Whole spatial blocks</source>
        <translation>Ganze räumliche Blöcke</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Single pixels (optimistic)</source>
        <translation>Einzelne Pixel (optimistisch)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Share held out</source>
        <translation>Zurückgehaltener Anteil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Of the polygons, blocks or pixels of each class.</source>
        <translation>Der Polygone, Blöcke oder Pixel jeder Klasse.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Folds</source>
        <translation>Faltungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>1 holds out a share once. From 2 on: cross-validation, every polygon, block or pixel is held out once.</source>
        <translation>1 hält einen Anteil einmal zurück. Ab 2: Kreuzvalidierung, jedes Polygon, jeder Block oder jedes Pixel wird einmal zurückgehalten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Edge of a spatial block</source>
        <translation>Kantenlänge eines räumlichen Blocks</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>In units of the image's CRS. Empty: a tenth of the samples' extent.</source>
        <translation>In Einheiten des KBS des Bildes. Leer: ein Zehntel der Ausdehnung der Stichproben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>The saved model is trained on</source>
        <translation>Das gespeicherte Modell wird trainiert mit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>All samples</source>
        <translation>Allen Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>The samples that were not held out</source>
        <translation>Den nicht zurückgehaltenen Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Permutation importance</source>
        <translation>Permutationswichtigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>How much accuracy each column is worth, on held-out samples.</source>
        <translation>Wie viel Genauigkeit jede Spalte wert ist, an zurückgehaltenen Stichproben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Write a joblib file too</source>
        <translation>Auch eine joblib-Datei schreiben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>For use in Python. Opening such files can run code, so pass on the .landloom file instead.</source>
        <translation>Zur Verwendung in Python. Beim Öffnen solcher Dateien kann Code laufen, also besser die .landloom-Datei weitergeben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Record in the catalogue</source>
        <translation>Im Katalog eintragen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Note the result in the catalogue of models and maps.</source>
        <translation>Das Ergebnis im Katalog der Modelle und Karten eintragen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Catalogue</source>
        <translation>Katalog</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>GeoPackage of the catalogue; recording makes it if it does not exist. Empty: the PostGIS connection below or of the environment variables DB_HOST, DB_NAME …, else Landloom's own GeoPackage.</source>
        <translation>GeoPackage des Katalogs; das Eintragen legt es an, wenn es fehlt. Leer: die PostGIS-Verbindung unten oder die der Umgebungsvariablen DB_HOST, DB_NAME …, sonst Landlooms eigenes GeoPackage.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Accuracy, confusion matrix, importance.</source>
        <translation>Genauigkeit, Konfusionsmatrix, Wichtigkeit.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Overall accuracy on held-out samples</source>
        <translation>Gesamtgenauigkeit an zurückgehaltenen Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Balanced accuracy on held-out samples</source>
        <translation>Ausgewogene Genauigkeit an zurückgehaltenen Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Cohen's kappa on held-out samples</source>
        <translation>Cohens Kappa an zurückgehaltenen Stichproben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Out-of-bag accuracy</source>
        <translation>Out-of-Bag-Genauigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Optimistic: neighbours of one polygon are in the bag.</source>
        <translation>Optimistisch: Nachbarn aus demselben Polygon sind mit im Training.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_random_forest.py"/>
        <source>Id in the catalogue</source>
        <translation>Id im Katalog</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Train refiner</source>
        <translation>Verfeinerer trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Train a network that makes tiles clearer, on pairs of a tile and the same tile as it should be.</source>
        <translation>Ein Netz trainieren, das Kacheln klarer macht, an Paaren aus einer Kachel und derselben Kachel, wie sie sein sollte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>The pairs are files of one name in two folders; Degrade tiles makes bad twins of good tiles. Some tiles are held out, and the report says how near they are to their targets before and after. A run that was stopped goes on from its last epoch when it is started again with the same settings. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…); a graphics card makes it many times faster, and sizes from 100M on need one.</source>
        <translation>Die Paare sind Dateien gleichen Namens in zwei Ordnern; Kacheln verschlechtern erzeugt schlechte Zwillinge guter Kacheln. Einige Kacheln werden zurückgehalten, und der Bericht sagt, wie nahe sie ihren Zielen vorher und nachher sind. Ein angehaltener Lauf geht ab seiner letzten Epoche weiter, wenn er mit denselben Einstellungen neu gestartet wird. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…); mit einer Grafikkarte geht es um ein Vielfaches schneller, und Größen ab 100M brauchen eine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>A folder of tile files (NAME.npz with NAME.json) as they come in.</source>
        <translation>Ein Ordner mit Kacheldateien (NAME.npz mit NAME.json), wie sie eingehen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>A folder of tile files of the same names, as they should be. Pixels that are NaN there, or had no data when either was cut, do not count.</source>
        <translation>Ein Ordner mit Kacheldateien gleichen Namens, wie sie sein sollten. Pixel, die dort NaN sind oder beim Schneiden in einer von beiden keine Daten hatten, zählen nicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Task</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>What the network is for. Translating takes any number of channels.</source>
        <translation>Wofür das Netz ist. Das Übersetzen nimmt beliebig viele Kanäle.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Refine optical tiles (stage 2)</source>
        <translation>Optische Kacheln verfeinern (Stufe 2)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Translate tiles of another kind, such as radar, into optical ones (stage 1)</source>
        <translation>Kacheln anderer Art, etwa Radar, in optische übersetzen (Stufe 1)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Array of the tiles</source>
        <translation>Array der Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Name of the array in the files. Empty: opt_v1 to refine, sar to translate.</source>
        <translation>Name des Arrays in den Dateien. Leer: opt_v1 zum Verfeinern, sar zum Übersetzen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Array of the targets</source>
        <translation>Array der Ziele</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Name of the array in the files.</source>
        <translation>Name des Arrays in den Dateien.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Size of the network</source>
        <translation>Größe des Netzes</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>The sizes from 100M on are those of the published weights of Prithvi.</source>
        <translation>Die Größen ab 100M sind die der veröffentlichten Gewichte von Prithvi.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Tiny (0.3 million weights; learns on a processor in minutes)</source>
        <translation>Winzig (0.3 Millionen Gewichte; lernt auf einem Prozessor in Minuten)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Small (5.6 million, as Prithvi-EO-2.0-tiny)</source>
        <translation>Klein (5.6 Millionen, wie Prithvi-EO-2.0-tiny)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Prithvi 100M</source>
        <translation>Prithvi 100M</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Prithvi 300M</source>
        <translation>Prithvi 300M</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Prithvi 600M</source>
        <translation>Prithvi 600M</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>A published file of Prithvi-EO-1.0 or 2.0 of the size of the network (Prithvi_EO_V….pt). Empty: it learns from the beginning.</source>
        <translation>Eine veröffentlichte Datei von Prithvi-EO-1.0 oder 2.0 in der Größe des Netzes (Prithvi_EO_V….pt). Leer: Es lernt von Anfang an.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Epochs in which the encoder stays as it is</source>
        <translation>Epochen, in denen der Encoder bleibt, wie er ist</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>From the first on; as many as there are epochs: throughout.</source>
        <translation>Von der ersten an; so viele, wie es Epochen gibt: durchgehend.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Month and biome</source>
        <translation>Monat und Biom</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Tell the network the month and the biome of each tile.</source>
        <translation>Dem Netz Monat und Biom jeder Kachel mitteilen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Weight of the spectral angle</source>
        <translation>Gewicht des Spektralwinkels</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>How much the loss adds of the mean angle between spectra, in radians. 0: none.</source>
        <translation>Wie viel der Verlust vom mittleren Winkel zwischen Spektren hinzunimmt, im Bogenmaß. 0: nichts.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Weight of the edges</source>
        <translation>Gewicht der Kanten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>How much the loss adds of the mean difference of slopes, in reflectance a pixel. 0: none.</source>
        <translation>Wie viel der Verlust vom mittleren Unterschied der Anstiege hinzunimmt, in Reflektanz je Pixel. 0: nichts.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Groups are what the tiles' JSON files call group, else raster. What overlaps stays on one side.</source>
        <translation>Gruppen sind, was die JSON-Dateien der Kacheln group nennen, sonst raster. Was sich überlappt, bleibt auf einer Seite.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Groups where the tiles name any, else spatial blocks where they have a place, else tiles</source>
        <translation>Gruppen, wenn die Kacheln welche nennen, sonst räumliche Blöcke, wenn sie einen Ort haben, sonst Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Tiles of one group or raster</source>
        <translation>Kacheln einer Gruppe oder eines Rasters</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Tiles of one spatial block</source>
        <translation>Kacheln eines räumlichen Blocks</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Each tile by itself</source>
        <translation>Jede Kachel für sich</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Of the tiles; decides which epoch is kept.</source>
        <translation>Der Kacheln; entscheidet, welche Epoche bleibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Of the tiles; looked at when all is done. 0: no test part.</source>
        <translation>Der Kacheln; wird am Ende von allem angesehen. 0: kein Testteil.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>In units of the tiles' CRS, degrees where they have several. Empty: a tenth of the tiles' extent, but a tile at least.</source>
        <translation>In Einheiten des KBS der Kacheln, in Grad, wenn sie mehrere haben. Leer: ein Zehntel der Ausdehnung der Kacheln, aber mindestens eine Kachel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Highest PSNR</source>
        <translation>Höchster PSNR</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Highest SSIM</source>
        <translation>Höchster SSIM</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Lowest RMSE of the NDVI</source>
        <translation>Niedrigster RMSE des NDVI</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Highest correlation of edges</source>
        <translation>Höchste Korrelation der Kanten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Pieces that the network looks at together.</source>
        <translation>Stücke, die das Netz zusammen betrachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Learn from pieces of this edge, cut from each tile at random. Smaller tiles are mirrored to it.</source>
        <translation>Aus Stücken dieser Kantenlänge lernen, zufällig aus jeder Kachel geschnitten. Kleinere Kacheln werden bis dahin gespiegelt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Figures before and after, learning curves, example tiles.</source>
        <translation>Zahlen vorher und nachher, Lernkurven, Beispielkacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Table of the tiles</source>
        <translation>Tabelle der Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Of each its part and, where it was held out, its figures before and after; why a tile was not used.</source>
        <translation>Von jeder ihr Teil und, wenn sie zurückgehalten wurde, ihre Zahlen vorher und nachher; warum eine Kachel nicht verwendet wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>PSNR of held-out tiles, refined</source>
        <translation>PSNR zurückgehaltener Kacheln, verfeinert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>SSIM of held-out tiles, refined</source>
        <translation>SSIM zurückgehaltener Kacheln, verfeinert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>RMSE of the NDVI of held-out tiles, refined</source>
        <translation>RMSE des NDVI zurückgehaltener Kacheln, verfeinert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Correlation of edges of held-out tiles, refined</source>
        <translation>Korrelation der Kanten zurückgehaltener Kacheln, verfeinert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Spectral angle of held-out tiles, refined</source>
        <translation>Spektralwinkel zurückgehaltener Kacheln, verfeinert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>PSNR of held-out tiles, as they came in</source>
        <translation>PSNR zurückgehaltener Kacheln, wie eingegangen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>SSIM of held-out tiles, as they came in</source>
        <translation>SSIM zurückgehaltener Kacheln, wie eingegangen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>RMSE of the NDVI of held-out tiles, as they came in</source>
        <translation>RMSE des NDVI zurückgehaltener Kacheln, wie eingegangen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Correlation of edges of held-out tiles, as they came in</source>
        <translation>Korrelation der Kanten zurückgehaltener Kacheln, wie eingegangen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Spectral angle of held-out tiles, as they came in</source>
        <translation>Spektralwinkel zurückgehaltener Kacheln, wie eingegangen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_refiner.py"/>
        <source>Tiles that could not be used</source>
        <translation>Kacheln, die nicht zu verwenden waren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Train segmentation network</source>
        <translation>Segmentierungsnetz trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Train a segmentation network on the tiles of a data set and measure its accuracy on tiles held out.</source>
        <translation>Ein Segmentierungsnetz mit den Kacheln eines Datensatzes trainieren und seine Genauigkeit an zurückgehaltenen Kacheln messen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Training ends when the validation has not become better for a while; the network of the best epoch is kept. A run that was stopped goes on from its last epoch when it is started again with the same settings. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…); a graphics card makes it many times faster.</source>
        <translation>Das Training endet, wenn die Validierung eine Weile nicht besser geworden ist; das Netz der besten Epoche bleibt. Ein angehaltener Lauf geht ab seiner letzten Epoche weiter, wenn er mit denselben Einstellungen neu gestartet wird. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…); mit einer Grafikkarte geht es um ein Vielfaches schneller.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>U-Net</source>
        <translation>U-Net</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>U-Net++</source>
        <translation>U-Net++</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>MA-Net</source>
        <translation>MA-Net</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>LinkNet</source>
        <translation>LinkNet</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>FPN</source>
        <translation>FPN</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>PSPNet</source>
        <translation>PSPNet</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>DeepLabV3</source>
        <translation>DeepLabV3</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>DeepLabV3+</source>
        <translation>DeepLabV3+</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>PAN</source>
        <translation>PAN</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>UPerNet</source>
        <translation>UPerNet</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>SegFormer</source>
        <translation>SegFormer</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The part of the network that finds features, such as resnet18, resnet50, efficientnet-b4 or mit_b2; with the prefix tu- any model of timm. Smaller ones learn and map faster.</source>
        <translation>Der Teil des Netzes, der Merkmale findet, etwa resnet18, resnet50, efficientnet-b4 oder mit_b2; mit dem Präfix tu- jedes Modell von timm. Kleinere lernen und kartieren schneller.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Weights of the encoder</source>
        <translation>Gewichte des Encoders</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>none: it learns from the beginning. imagenet: weights learnt from photographs, downloaded once. Or the path of a file with weights (.safetensors or PyTorch's).</source>
        <translation>none: Er lernt von Anfang an. imagenet: an Fotos gelernte Gewichte, einmal heruntergeladen. Oder der Pfad einer Datei mit Gewichten (.safetensors oder von PyTorch).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Attention</source>
        <translation>Aufmerksamkeit (Attention)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Weigh channels and places of the deepest features by what they hold.</source>
        <translation>Netzkanäle und Orte der tiefsten Merkmale nach dem gewichten, was sie enthalten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Share of the features that is left out at random before the last layer while it learns.</source>
        <translation>Anteil der Merkmale, die beim Lernen vor der letzten Schicht zufällig ausgelassen werden.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>What training makes small.</source>
        <translation>Was das Training klein macht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Focal</source>
        <translation>Focal</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Cross entropy</source>
        <translation>Kreuzentropie</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Dice</source>
        <translation>Dice</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Lovász</source>
        <translation>Lovász</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Focal and Dice</source>
        <translation>Focal und Dice</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Focal and Lovász</source>
        <translation>Focal und Lovász</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Cross entropy and Dice</source>
        <translation>Kreuzentropie und Dice</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Cross entropy and Lovász</source>
        <translation>Kreuzentropie und Lovász</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Gamma of the focal loss</source>
        <translation>Gamma des Focal-Verlusts</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>How much less pixels count that the network is sure of. 0: cross entropy.</source>
        <translation>Um wie viel weniger Pixel zählen, bei denen das Netz sicher ist. 0: Kreuzentropie.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>How much a pixel of each class counts: none, balanced (rare classes as much as frequent ones), or a number for each class in the order of the ids, such as 0.4, 2.5, 2.0.</source>
        <translation>Wie viel ein Pixel jeder Klasse zählt: none, balanced (seltene Klassen so viel wie häufige) oder eine Zahl für jede Klasse in der Reihenfolge der Ids, etwa 0.4, 2.5, 2.0.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Label smoothing</source>
        <translation>Glättung der Klassen (Label Smoothing)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Share of each label that is spread over all classes, for labels that are not quite sure.</source>
        <translation>Anteil jeder Klassenangabe, der auf alle Klassen verteilt wird, für Angaben, die nicht ganz sicher sind.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Weight of the ordinal loss</source>
        <translation>Gewicht des ordinalen Verlusts</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>How much the loss adds that knows of the order of the classes (CORAL): to take low for high is worse than to take low for medium. Counts where the tiles were cut with ordered classes alone. 0: none.</source>
        <translation>Wie viel der Verlust hinzunimmt, der die Reihenfolge der Klassen kennt (CORAL): Niedrig für hoch zu halten ist schlimmer, als niedrig für mittel zu halten. Zählt nur, wenn die Kacheln mit geordneten Klassen geschnitten wurden. 0: nichts.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Probabilities of ordered classes come from</source>
        <translation>Wahrscheinlichkeiten geordneter Klassen kommen aus</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The scores of the classes</source>
        <translation>Den Werten der Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The ordinal outputs</source>
        <translation>Den ordinalen Ausgaben</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The mean of both</source>
        <translation>Dem Mittel von beiden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>How often all tiles are learnt from.</source>
        <translation>Wie oft aus allen Kacheln gelernt wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Stop after so many epochs that were not better.</source>
        <translation>Nach so vielen Epochen aufhören, die nicht besser waren.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The best epoch is that with the</source>
        <translation>Maßstab für die beste Epoche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Measured in validation.</source>
        <translation>In der Validierung gemessen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Highest kappa</source>
        <translation>Höchstes Kappa</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Highest mean IoU</source>
        <translation>Höchster mittlerer IoU</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Highest balanced accuracy</source>
        <translation>Höchste ausgewogene Genauigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Highest quadratic kappa (ordered classes)</source>
        <translation>Höchstes quadratisches Kappa (geordnete Klassen)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Tiles that the network looks at together.</source>
        <translation>Kacheln, die das Netz zusammen betrachtet.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Batches in a step</source>
        <translation>Stapel je Schritt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>So many batches change the network together, as a larger batch would, without its memory.</source>
        <translation>So viele Stapel ändern das Netz gemeinsam, wie es ein größerer Stapel täte, ohne dessen Speicherbedarf.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The highest: it is reached after the warm-up and falls along a cosine until the last epoch.</source>
        <translation>Die höchste: Sie wird nach dem Aufwärmen erreicht und fällt entlang eines Kosinus bis zur letzten Epoche.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Find the learning rate</source>
        <translation>Lernrate suchen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Try growing rates over one pass first, and train with the one at which the loss falls fastest, in place of the learning rate above.</source>
        <translation>Zuerst in einem Durchgang wachsende Raten versuchen und mit der trainieren, bei der der Verlust am schnellsten fällt, anstelle der Lernrate oben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Warm-up</source>
        <translation>Aufwärmen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Share of the epochs in which the learning rate rises.</source>
        <translation>Anteil der Epochen, in denen die Lernrate steigt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Weight decay</source>
        <translation>Gewichtsabnahme (Weight Decay)</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>How strongly weights are drawn towards 0 (AdamW).</source>
        <translation>Wie stark Gewichte zu 0 gezogen werden (AdamW).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Longest gradient</source>
        <translation>Längster Gradient</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Longer ones are shortened to this norm. 0: none is.</source>
        <translation>Längere werden auf diese Norm gekürzt. 0: keiner.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Crop</source>
        <translation>Zuschnitt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Learn from pieces of this edge, cut from each tile at random, where whole tiles take too much memory. Empty: whole tiles.</source>
        <translation>Aus Stücken dieser Kantenlänge lernen, zufällig aus jeder Kachel geschnitten, wenn ganze Kacheln zu viel Speicher brauchen. Leer: ganze Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Mirror tiles while learning</source>
        <translation>Kacheln beim Lernen spiegeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Each tile is learnt from mirrored as well, at random.</source>
        <translation>Aus jeder Kachel wird zufällig auch gespiegelt gelernt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Turn tiles by quarters while learning</source>
        <translation>Kacheln beim Lernen um Viertel drehen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Each tile is learnt from turned as well, at random.</source>
        <translation>Aus jeder Kachel wird zufällig auch gedreht gelernt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Brightness, largest change while learning</source>
        <translation>Helligkeit, größte Änderung beim Lernen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>As a share, up or down; of the visible bands. 0: none.</source>
        <translation>Als Anteil, nach oben oder unten; der sichtbaren Kanäle. 0: keine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Contrast, largest change while learning</source>
        <translation>Kontrast, größte Änderung beim Lernen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Saturation, largest change while learning</source>
        <translation>Sättigung, größte Änderung beim Lernen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Visible bands</source>
        <translation>Sichtbare Kanäle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Names, separated by commas, of the bands whose brightness, contrast and saturation change. Empty: those called blue, green, red, B, G, R, or B2, B3, B4. none: no band.</source>
        <translation>Namen, durch Kommas getrennt, der Kanäle, deren Helligkeit, Kontrast und Sättigung sich ändern. Leer: die blue, green, red, B, G, R oder B2, B3, B4 heißen. none: kein Kanal.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Mixed precision</source>
        <translation>Gemischte Genauigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Compute with 16 bits where that is exact enough: faster and in less memory. On a graphics card alone.</source>
        <translation>Mit 16 Bit rechnen, wo das genau genug ist: schneller und mit weniger Speicher. Nur auf einer Grafikkarte.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>The network of the best epoch.</source>
        <translation>Das Netz der besten Epoche.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Model of the last epoch</source>
        <translation>Modell der letzten Epoche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>For comparison.</source>
        <translation>Zum Vergleich.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Accuracy, learning curves, calibration, example tiles.</source>
        <translation>Genauigkeit, Lernkurven, Kalibrierung, Beispielkacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Overall accuracy on held-out pixels</source>
        <translation>Gesamtgenauigkeit an zurückgehaltenen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Balanced accuracy on held-out pixels</source>
        <translation>Ausgewogene Genauigkeit an zurückgehaltenen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Cohen's kappa on held-out pixels</source>
        <translation>Cohens Kappa an zurückgehaltenen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Mean intersection over union on held-out pixels</source>
        <translation>Mittlerer IoU (Schnittmenge durch Vereinigung) an zurückgehaltenen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Quadratic kappa, of ordered classes</source>
        <translation>Quadratisches Kappa, bei geordneten Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Spearman's rho, of ordered classes</source>
        <translation>Spearmans Rho, bei geordneten Klassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Expected calibration error on held-out pixels</source>
        <translation>Erwarteter Kalibrierungsfehler an zurückgehaltenen Pixeln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Validation loss of the best epoch</source>
        <translation>Validierungsverlust der besten Epoche</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Learning rate that was used</source>
        <translation>Verwendete Lernrate</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Tiles to train on</source>
        <translation>Kacheln zum Trainieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Tiles to validate with</source>
        <translation>Kacheln zum Validieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/train_segmentation.py"/>
        <source>Tiles to test with</source>
        <translation>Kacheln zum Testen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Translate tiles</source>
        <translation>Kacheln übersetzen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Make optical tiles of tiles that another sensor saw, such as radar through clouds, with a trained network.</source>
        <translation>Aus Kacheln, die ein anderer Sensor gesehen hat, etwa Radar durch Wolken, mit einem trainierten Netz optische Kacheln erzeugen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles are NAME.npz with the array sar (channels × height × width, in the unit that the network has learnt from), of any size, and beside each a NAME.json with month and biome_code. For each one comes a NAME.npz with the array opt_v1 (bands B02, B03, B04, B08; reflectance from 0 to 1) and a NAME.json. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on. A run that was stopped goes on where it was when it is started again. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).</source>
        <translation>Kacheln sind NAME.npz mit dem Array sar (Kanäle × Höhe × Breite, in der Einheit, aus der das Netz gelernt hat), von beliebiger Größe, und neben jeder eine NAME.json mit month und biome_code. Zu jeder entstehen eine NAME.npz mit dem Array opt_v1 (Kanäle B02, B03, B04, B08; Reflektanz von 0 bis 1) und eine NAME.json. Eine unbrauchbare Kachel wird in failed_tiles.csv aufgeführt, und der Lauf geht weiter. Ein angehaltener Lauf geht beim nächsten Start dort weiter, wo er war. Braucht die Deep-Learning-Pakete (Erweiterungen ▸ Landloom ▸ Einrichten…).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Made by Train refiner for translation, or an ONNX network imported with Import model.</source>
        <translation>Erzeugt von Verfeinerer trainieren mit der Aufgabe Übersetzen, oder ein mit Modell importieren importiertes ONNX-Netz.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>A folder of tile files with the array sar.</source>
        <translation>Ein Ordner mit Kacheldateien mit dem Array sar.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles of one size that the network looks at together. Where the memory does not suffice, a batch is halved, and what is too large even so is left to the processor.</source>
        <translation>Kacheln gleicher Größe, die das Netz zusammen betrachtet. Reicht der Speicher nicht, wird ein Stapel halbiert, und was auch dann zu groß ist, bleibt dem Prozessor überlassen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Skip tiles that are done</source>
        <translation>Fertige Kacheln überspringen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles whose result is in the folder already. So a run that was stopped goes on where it was.</source>
        <translation>Kacheln, deren Ergebnis schon im Ordner liegt. So geht ein angehaltener Lauf dort weiter, wo er war.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Translated tiles</source>
        <translation>Übersetzte Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles translated</source>
        <translation>Anzahl übersetzter Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles skipped, since they are there already</source>
        <translation>Übersprungene Kacheln, da schon vorhanden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles whose metadata were missing or wrong; metadata_warnings.csv lists them</source>
        <translation>Kacheln, deren Metadaten fehlten oder falsch waren; metadata_warnings.csv führt sie auf</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Batches halved, since the memory did not suffice</source>
        <translation>Halbierte Stapel, da der Speicher nicht reichte</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Tiles left to the processor, since the graphics card has too little memory</source>
        <translation>Dem Prozessor überlassene Kacheln, da die Grafikkarte zu wenig Speicher hat</translation>
    </message>
    <message>
        <location filename="../landloom/stages/translate_tiles.py"/>
        <source>Speed</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Validate data set</source>
        <translation>Datensatz validieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Check that a patch data set is whole and split as it should be.</source>
        <translation>Prüfen, ob ein Datensatz aus Bildausschnitten vollständig und so geteilt ist, wie er sein soll.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Ten checks: files exist; can be read; have the right shape; hold numbers; none is empty; training, validation and test have no patch and no polygon in common; all their patches were extracted (two checks); each class has enough patches in training and in validation (two checks). All patches are read. A check that fails makes the run fail, with the list; the reports are written all the same.</source>
        <translation>Zehn Prüfungen: Dateien sind vorhanden; können gelesen werden; haben die richtige Form; enthalten Zahlen; keine ist leer; Training, Validierung und Test haben keinen Bildausschnitt und kein Polygon gemeinsam; alle ihre Bildausschnitte wurden entnommen (zwei Prüfungen); jede Klasse hat genug Bildausschnitte im Training und in der Validierung (zwei Prüfungen). Alle Bildausschnitte werden gelesen. Scheitert eine Prüfung, scheitert der Lauf, mit der Liste; die Berichte werden trotzdem geschrieben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Training patches a class, at least</source>
        <translation>Trainingsausschnitte je Klasse, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>With fewer the check fails.</source>
        <translation>Mit weniger scheitert die Prüfung.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Validation patches a class, at least</source>
        <translation>Validierungsausschnitte je Klasse, mindestens</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Polygons may stand on both sides</source>
        <translation>Polygone dürfen auf beiden Seiten stehen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>For a split by single patches, which leaks. It is told, but does not fail.</source>
        <translation>Für eine Teilung nach einzelnen Bildausschnitten, die undicht ist. Es wird angegeben, scheitert aber nicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>The checks and what they found.</source>
        <translation>Die Prüfungen und was sie gefunden haben.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Checks passed</source>
        <translation>Bestandene Prüfungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/validate_dataset.py"/>
        <source>Checks failed</source>
        <translation>Gescheiterte Prüfungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Verify tiles</source>
        <translation>Kacheln überprüfen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Compare optical tiles after a stage, such as Refine tiles, with those before it, tile by tile.</source>
        <translation>Optische Kacheln nach einem Schritt wie Kacheln verfeinern mit denen davor vergleichen, Kachel für Kachel.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Checked are whether each tile is there, its shape, its range from 0 to 1, and missing values. How well the content is kept is told by the NDVI (root mean squared difference) and by the edges (correlation of the strength of the Sobel gradient in the near infrared). Grades: excellent below 0.05 and above 0.90, good below 0.10 and above 0.80, acceptable below 0.20 and above 0.60, else poor; the worse of the two counts, and the verdict is the grade of the means over all tiles. Where there are targets, which the tiles should look like, PSNR and SSIM tell how near the tiles are to them before and after. Pixels that had no data when the tiles were cut do not count.</source>
        <translation>Geprüft werden, ob jede Kachel da ist, ihre Form, ihr Wertebereich von 0 bis 1 und fehlende Werte. Wie gut der Inhalt erhalten ist, sagen der NDVI (Wurzel des mittleren quadratischen Unterschieds) und die Kanten (Korrelation der Stärke des Sobel-Gradienten im nahen Infrarot). Stufen: ausgezeichnet unter 0.05 und über 0.90, gut unter 0.10 und über 0.80, annehmbar unter 0.20 und über 0.60, sonst schlecht; die schlechtere der beiden zählt, und das Urteil ist die Stufe der Mittelwerte über alle Kacheln. Gibt es Ziele, denen die Kacheln gleichen sollen, sagen PSNR und SSIM, wie nahe die Kacheln ihnen vorher und nachher sind. Pixel, die beim Schneiden der Kacheln keine Daten hatten, zählen nicht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles after</source>
        <translation>Kacheln nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Such as the refined ones.</source>
        <translation>Etwa die verfeinerten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles before</source>
        <translation>Kacheln vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Those that the stage was given; the same names.</source>
        <translation>Die dem Schritt gegebenen; dieselben Namen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles of the same names, as they should look. Not every tile needs one.</source>
        <translation>Kacheln gleichen Namens, wie sie aussehen sollen. Nicht jede Kachel braucht eine.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Array after</source>
        <translation>Array nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Array before</source>
        <translation>Array vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>A row a tile with all numbers and problems.</source>
        <translation>Eine Zeile je Kachel mit allen Zahlen und Problemen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>The verdict with examples and plots.</source>
        <translation>Das Urteil mit Beispielen und Diagrammen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Best, median and worst tile before and after.</source>
        <translation>Beste, mittlere und schlechteste Kachel vorher und nachher.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles by grade</source>
        <translation>Kacheln nach Stufe</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Their outlines, where their JSON files say where they lie.</source>
        <translation>Ihre Umrisse, wenn ihre JSON-Dateien sagen, wo sie liegen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>excellent, good, acceptable or poor.</source>
        <translation>excellent (ausgezeichnet), good (gut), acceptable (annehmbar) oder poor (schlecht).</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Summary</source>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>The verdict with its figures, in words.</source>
        <translation>Das Urteil mit seinen Zahlen, in Worten.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles compared</source>
        <translation>Verglichene Kacheln</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles that are missing after</source>
        <translation>Kacheln, die nachher fehlen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles that were not there before</source>
        <translation>Kacheln, die es vorher nicht gab</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles that could not be compared</source>
        <translation>Kacheln, die nicht zu vergleichen waren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Damaged, with NaN, or of another shape.</source>
        <translation>Beschädigt, mit NaN oder von anderer Form.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles with values beyond 0–1</source>
        <translation>Kacheln mit Werten außerhalb von 0–1</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Tiles with a target</source>
        <translation>Kacheln mit einem Ziel</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Share of the compared tiles that are excellent</source>
        <translation>Anteil der verglichenen Kacheln, die ausgezeichnet sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>NDVI RMSE</source>
        <translation>RMSE des NDVI</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Mean over tiles.</source>
        <translation>Mittel über die Kacheln.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Spectral angle between before and after</source>
        <translation>Spektralwinkel zwischen vorher und nachher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>PSNR against the targets</source>
        <translation>PSNR gegenüber den Zielen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>SSIM against the targets</source>
        <translation>SSIM gegenüber den Zielen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Mean squared error against the targets</source>
        <translation>Mittlerer quadratischer Fehler gegenüber den Zielen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>PSNR against the targets before</source>
        <translation>PSNR gegenüber den Zielen vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>SSIM against the targets before</source>
        <translation>SSIM gegenüber den Zielen vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Mean squared error against the targets before</source>
        <translation>Mittlerer quadratischer Fehler gegenüber den Zielen vorher</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>Share of the tiles that are nearer to their target</source>
        <translation>Anteil der Kacheln, die ihrem Ziel näher sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/verify_tiles.py"/>
        <source>By the mean squared error.</source>
        <translation>Nach dem mittleren quadratischen Fehler.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Version data set</source>
        <translation>Datensatz versionieren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Data sets</source>
        <translation>Datensätze</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Record versions of a data folder, see what has changed, and restore any of them.</source>
        <translation>Versionen eines Datenordners festhalten, sehen, was sich geändert hat, und jede davon wiederherstellen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Any folder can be versioned: patch data sets, tile data sets, tile files, records with their features. A version is known by a hash of all that it holds, of its parent, time, author and message. Each content is kept once, however many files and versions hold it, so that a version takes only the room of what is new in it.</source>
        <translation>Jeder Ordner lässt sich versionieren: Datensätze aus Bildausschnitten, Kacheldatensätze, Kacheldateien, Einträge mit ihren Merkmalen. Eine Version ist an einem Hash über alles kenntlich, was sie enthält, dazu Vorgänger, Zeit, Autor und Nachricht. Jeder Inhalt wird nur einmal aufbewahrt, in wie vielen Dateien und Versionen er auch steht, sodass eine Version nur den Platz des Neuen in ihr braucht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Locks, temporary files (.part) and what file managers leave (.DS_Store, Thumbs.db, desktop.ini) are no part of versions; links are refused. A restore checks every hash before it replaces anything; where it is killed half-way, the next run brings it to its end.</source>
        <translation>Sperrdateien, temporäre Dateien (.part) und was Dateimanager hinterlassen (.DS_Store, Thumbs.db, desktop.ini) gehören nicht zu Versionen; Verknüpfungen werden abgelehnt. Das Wiederherstellen prüft jeden Hash, bevor es etwas ersetzt; wird es auf halbem Weg beendet, bringt der nächste Lauf es zu Ende.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Any folder. To restore one that was lost, its name, with the STORE elsewhere.</source>
        <translation>Ein beliebiger Ordner. Um einen verlorenen wiederherzustellen, sein Name, mit dem STORE anderswo.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Record: keep what the folder holds as a version</source>
        <translation>Festhalten: was der Ordner enthält, als Version aufbewahren</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>List: the versions, with who, when and why</source>
        <translation>Auflisten: die Versionen, mit wer, wann und warum</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Compare: what has changed</source>
        <translation>Vergleichen: was sich geändert hat</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Restore: have a version back</source>
        <translation>Wiederherstellen: eine Version zurückholen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Verify: read all that is kept, and name what is damaged</source>
        <translation>Überprüfen: alles Aufbewahrte lesen und nennen, was beschädigt ist</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Why the version is recorded; needed for that.</source>
        <translation>Warum die Version festgehalten wird; dafür nötig.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>To restore, or to compare from: an id, its first characters (at least four), or latest.</source>
        <translation>Zum Wiederherstellen, oder wovon der Vergleich ausgeht: eine Id, ihre ersten Zeichen (mindestens vier) oder latest.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Restore into</source>
        <translation>Wiederherstellen in</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>A new or empty folder. Empty: the data set itself, whose files that are no part of the version are removed.</source>
        <translation>Ein neuer oder leerer Ordner. Leer: der Datensatz selbst; Dateien darin, die nicht zur Version gehören, werden entfernt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Changes that are in no version</source>
        <translation>Änderungen, die in keiner Version sind</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>What to do with them when the data set itself is restored.</source>
        <translation>Was mit ihnen geschieht, wenn der Datensatz selbst wiederhergestellt wird.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Refuse to restore</source>
        <translation>Wiederherstellen ablehnen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Record them as a version first</source>
        <translation>Sie zuerst als Version festhalten</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Discard them for good</source>
        <translation>Sie endgültig verwerfen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Compare with version</source>
        <translation>Mit Version vergleichen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>An id, its first characters, or latest. Empty: with what the folder holds now.</source>
        <translation>Eine Id, ihre ersten Zeichen oder latest. Leer: mit dem, was der Ordner jetzt enthält.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Author</source>
        <translation>Autor</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Empty: the name of the user.</source>
        <translation>Leer: der Name des Benutzers.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Store</source>
        <translation>Speicherort der Versionen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>The folder that keeps the versions, one for each data set; it is made if need be. Empty: .versions in the data set. On another disk it also helps where the data set is lost.</source>
        <translation>Der Ordner, der die Versionen aufbewahrt, einer je Datensatz; wird bei Bedarf angelegt. Leer: .versions im Datensatz. Auf einer anderen Platte hilft er auch, wenn der Datensatz verloren geht.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Read all files</source>
        <translation>Alle Dateien lesen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Recording and comparing take a file for unchanged whose size and times are what they were; with this they read every one. Restore and verify always do.</source>
        <translation>Festhalten und Vergleichen nehmen eine Datei als unverändert an, deren Größe und Zeiten gleich geblieben sind; hiermit lesen sie jede. Wiederherstellen und Überprüfen tun es immer.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Leave out damaged files</source>
        <translation>Beschädigte Dateien auslassen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Restore into a new folder even if some of the contents are damaged, without those.</source>
        <translation>In einen neuen Ordner wiederherstellen, auch wenn einige der Inhalte beschädigt sind, ohne diese.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>A row a file that was added, removed, changed or renamed: by the new version, between the compared ones, or by restoring.</source>
        <translation>Eine Zeile je hinzugefügter, entfernter, geänderter oder umbenannter Datei: durch die neue Version, zwischen den verglichenen oder durch das Wiederherstellen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>A row a version.</source>
        <translation>Eine Zeile je Version.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Damage</source>
        <translation>Schäden</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>A row a damaged file and version.</source>
        <translation>Eine Zeile je beschädigter Datei und Version.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>The same folder, or the one restored into, for the next step of a chain.</source>
        <translation>Derselbe Ordner oder der, in den wiederhergestellt wurde, für den nächsten Schritt einer Kette.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>That was recorded, listed last, compared from or restored; empty where there is none.</source>
        <translation>Die festgehaltene, zuletzt aufgelistete, zum Vergleich herangezogene oder wiederhergestellte; leer, wenn es keine gibt.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Of that version, or of what it was compared with.</source>
        <translation>Dieser Version oder dessen, womit sie verglichen wurde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Files added</source>
        <translation>Hinzugefügte Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Files removed</source>
        <translation>Entfernte Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Files changed</source>
        <translation>Geänderte Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Files renamed</source>
        <translation>Umbenannte Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>The same content under another path.</source>
        <translation>Derselbe Inhalt unter einem anderen Pfad.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Stored</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>What the contents of all versions take.</source>
        <translation>Was die Inhalte aller Versionen belegen.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Shared</source>
        <translation>Gemeinsam genutzt</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>What a copy of each version would take beyond that.</source>
        <translation>Was eine Kopie jeder Version darüber hinaus belegen würde.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>What this recording has added to the store.</source>
        <translation>Was dieses Festhalten dem Speicherort der Versionen hinzugefügt hat.</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Damaged files</source>
        <translation>Beschädigte Dateien</translation>
    </message>
    <message>
        <location filename="../landloom/stages/version_dataset.py"/>
        <source>Of all versions together; found by verify or restore.</source>
        <translation>Aller Versionen zusammen; gefunden beim Überprüfen oder Wiederherstellen.</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>Set up…</source>
        <translation>Einrichten…</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>Workbench</source>
        <translation>Werkbank</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>Classes and polygons</source>
        <translation>Klassen und Polygone</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>Training monitor</source>
        <translation>Trainingsmonitor</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>Review</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <location filename="../plugin/plugin.py"/>
        <source>This QGIS lacks a Python package ({}). On Debian and Ubuntu: {}</source>
        <translation>Diesem QGIS fehlt ein Python-Paket ({}). Unter Debian und Ubuntu: {}</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>Landloom's Python environment is not set up yet, or belongs to another version of the plugin. In QGIS choose Plugins ▸ Landloom ▸ Set up…; without a window run in the plugin's folder: python3 -m plugin.environment install</source>
        <translation>Die Python-Umgebung von Landloom ist noch nicht eingerichtet oder gehört zu einer anderen Version der Erweiterung. Wählen Sie in QGIS Erweiterungen ▸ Landloom ▸ Einrichten…; ohne Fenster im Ordner der Erweiterung: python3 -m plugin.environment install</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>This needs Landloom's deep-learning packages, which are not installed yet. In QGIS choose Plugins ▸ Landloom ▸ Set up…, tick deep learning and install; without a window run in the plugin's folder: python3 -m plugin.environment install --layer deep</source>
        <translation>Dafür braucht es die Deep-Learning-Pakete von Landloom, die noch nicht installiert sind. Wählen Sie in QGIS Erweiterungen ▸ Landloom ▸ Einrichten…, haken Sie Deep Learning an und installieren Sie; ohne Fenster im Ordner der Erweiterung: python3 -m plugin.environment install --layer deep</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>This needs the dense CRF, which is not installed yet. In QGIS choose Plugins ▸ Landloom ▸ Set up…, tick dense CRF and install; without a window run in the plugin's folder: python3 -m plugin.environment install --layer crf</source>
        <translation>Dafür braucht es das Dense CRF, das noch nicht installiert ist. Wählen Sie in QGIS Erweiterungen ▸ Landloom ▸ Einrichten…, haken Sie Dense CRF an und installieren Sie; ohne Fenster im Ordner der Erweiterung: python3 -m plugin.environment install --layer crf</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>Made by Landloom: {}</source>
        <translation>Erzeugt von Landloom: {}</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>Without a window</source>
        <translation>Ohne Fenster</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>{} % done, {} s left</source>
        <translation>{} % fertig, noch {} s</translation>
    </message>
    <message>
        <location filename="../processing_provider/adapter.py"/>
        <source>No path was given for {}: it is {}.</source>
        <translation>Für {} wurde kein Pfad angegeben: Er lautet {}.</translation>
    </message>
    <message>
        <location filename="../processing_provider/parameters.py"/>
        <source>All files (*.*)</source>
        <translation>Alle Dateien (*.*)</translation>
    </message>
    <message>
        <location filename="../processing_provider/parameters.py"/>
        <source>{}, as WKT</source>
        <translation>{}, als WKT</translation>
    </message>
    <message>
        <location filename="../processing_provider/parameters.py"/>
        <source>If empty: the environment variable {}.</source>
        <translation>Wenn leer: die Umgebungsvariable {}.</translation>
    </message>
    <message>
        <location filename="../processing_provider/values.py"/>
        <source>{} names '{}', which is no field of {}. Its fields are: {}.</source>
        <translation>{} nennt „{}“, das kein Feld von {} ist. Dessen Felder sind: {}.</translation>
    </message>
    <message>
        <location filename="../processing_provider/values.py"/>
        <source>{} would overwrite {}: {}. Choose another name.</source>
        <translation>{} würde {} überschreiben: {}. Wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <location filename="../processing_provider/values.py"/>
        <source>{} is no raster file: {}. Save the layer as a GeoTIFF first.</source>
        <translation>{} ist keine Rasterdatei: {}. Speichern Sie den Layer zuerst als GeoTIFF.</translation>
    </message>
    <message>
        <location filename="../processing_provider/values.py"/>
        <source>There is no PostGIS connection '{}' in QGIS: {}</source>
        <translation>In QGIS gibt es keine PostGIS-Verbindung „{}“: {}</translation>
    </message>
    <message>
        <location filename="../processing_provider/values.py"/>
        <source>Give either {} or {}, not both.</source>
        <translation>Geben Sie entweder {} oder {} an, nicht beides.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>Estimate</source>
        <translation>Schätzung</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>Landloom's Python environment is missing or outdated.</source>
        <translation>Die Python-Umgebung von Landloom fehlt oder ist veraltet.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>The deep-learning packages are missing or outdated.</source>
        <translation>Die Deep-Learning-Pakete fehlen oder sind veraltet.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>The dense CRF is missing or outdated.</source>
        <translation>Das Dense CRF fehlt oder ist veraltet.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>Copy command</source>
        <translation>Befehl kopieren</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>Copy this run as a command for qgis_process</source>
        <translation>Diesen Lauf als Befehl für qgis_process kopieren</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/dialog.py"/>
        <source>Only {} are free there.</source>
        <translation>Dort sind nur {} frei.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>From how long runs of this kind have taken on this computer.</source>
        <translation>Nach der Dauer von Läufen dieser Art auf diesem Rechner.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Measured on another computer, with two cores and no graphics card, or on much smaller runs than this one. After a run of this kind it is measured here.</source>
        <translation>Gemessen auf einem anderen Rechner mit zwei Kernen und ohne Grafikkarte oder an viel kleineren Läufen als diesem. Nach einem Lauf dieser Art ist es hier gemessen.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Time: known after the first run.</source>
        <translation>Zeit: nach dem ersten Lauf bekannt.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>{} days</source>
        <translation>{} Tage</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Time: very roughly {}, at most.</source>
        <translation>Zeit: sehr grob höchstens {}.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Time: very roughly {}.</source>
        <translation>Zeit: sehr grob {}.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Time: about {}, at most.</source>
        <translation>Zeit: höchstens etwa {}.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Time: about {}.</source>
        <translation>Zeit: etwa {}.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Results: usually about {}, at most {}.</source>
        <translation>Ergebnisse: meist etwa {}, höchstens {}.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>{} s</source>
        <translation>{} s</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>{} min</source>
        <translation>{} min</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>{:.1f} h</source>
        <translation>{:.1f} h</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Memory: up to about {:.1f} GiB.</source>
        <translation>Arbeitsspeicher: bis zu etwa {:.1f} GiB.</translation>
    </message>
    <message>
        <location filename="../ui/algorithm_dialog/estimates.py"/>
        <source>Results: about {}.</source>
        <translation>Ergebnisse: etwa {}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_dialog.py"/>
        <source>Colour of the class</source>
        <translation>Farbe der Klasse</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_dialog.py"/>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_dialog.py"/>
        <source>&amp;Id</source>
        <translation>&amp;Id</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_dialog.py"/>
        <source>&amp;Colour</source>
        <translation>&amp;Farbe</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_dialog.py"/>
        <source>&amp;Description</source>
        <translation>&amp;Beschreibung</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>Class tables (*.csv *.json *.qml)</source>
        <translation>Klassentabellen (*.csv *.json *.qml)</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>Presets</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>Import classes</source>
        <translation>Klassen importieren</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>Export classes…</source>
        <translation>Klassen exportieren…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>From a layer</source>
        <translation>Aus einem Layer</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>These classes have polygons and get another name:

{}

Import the classes?</source>
        <translation>Diese Klassen haben Polygone und bekommen einen anderen Namen:

{}

Die Klassen importieren?</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>QGIS style (*.qml)</source>
        <translation>QGIS-Stil (*.qml)</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>Export classes</source>
        <translation>Klassen exportieren</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_exchange.py"/>
        <source>From a file…</source>
        <translation>Aus einer Datei…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_files.py"/>
        <source>Choose a CSV, JSON or QML file.</source>
        <translation>Wählen Sie eine CSV-, JSON- oder QML-Datei.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_files.py"/>
        <source>The style has no classes.</source>
        <translation>Der Stil hat keine Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_files.py"/>
        <source>The file is no text in UTF-8. Save it as 'CSV UTF-8'.</source>
        <translation>Die Datei ist kein Text in UTF-8. Speichern Sie sie als „CSV UTF-8“.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Click to draw, double-click to change.</source>
        <translation>Klicken zum Zeichnen, Doppelklick zum Ändern.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Key</source>
        <translation>Taste</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Id</source>
        <translation>Id</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Polygons</source>
        <translation>Polygone</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>The number key that chooses the class while you draw, and its colour</source>
        <translation>Die Zifferntaste, die beim Zeichnen die Klasse wählt, und ihre Farbe</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>The number of the class in the map</source>
        <translation>Die Nummer der Klasse in der Karte</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>The name of the class</source>
        <translation>Der Name der Klasse</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>How many polygons the class has</source>
        <translation>Wie viele Polygone die Klasse hat</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>How many pixels of the image lie in them</source>
        <translation>Wie viele Pixel des Bildes darin liegen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>Key {}, colour {}</source>
        <translation>Taste {}, Farbe {}</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_model.py"/>
        <source>The id must be a whole number.</source>
        <translation>Die Id muss eine ganze Zahl sein.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Add class…</source>
        <translation>Klasse hinzufügen…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Remove class</source>
        <translation>Klasse entfernen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Change class…</source>
        <translation>Klasse ändern…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>New class</source>
        <translation>Neue Klasse</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Add class</source>
        <translation>Klasse hinzufügen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Change class</source>
        <translation>Klasse ändern</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Change class {}</source>
        <translation>Klasse {} ändern</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>{} has {} polygons. Which class shall they have?</source>
        <translation>{} hat {} Polygone. Welche Klasse sollen sie bekommen?</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>Remove class {}</source>
        <translation>Klasse {} entfernen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_panel.py"/>
        <source>{} is the only class and has polygons.</source>
        <translation>{} ist die einzige Klasse und hat Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>The class needs a name.</source>
        <translation>Die Klasse braucht einen Namen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>The file holds no list of classes.</source>
        <translation>Die Datei enthält keine Liste von Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>The id must be a whole number from 0 to {}.</source>
        <translation>Die Id muss eine ganze Zahl von 0 bis {} sein.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>{} is not a colour of the form #rrggbb.</source>
        <translation>{} ist keine Farbe der Form #rrggbb.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>The id {} is taken by {}.</source>
        <translation>Die Id {} hat schon {}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>There is a class {} already.</source>
        <translation>Es gibt schon eine Klasse {}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>A class needs a whole number as id, and a name.</source>
        <translation>Eine Klasse braucht eine ganze Zahl als Id und einen Namen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/class_table.py"/>
        <source>Class {}</source>
        <translation>Klasse {}</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>Click a pixel: a polygon grows over the surroundings that look alike.</source>
        <translation>Auf ein Pixel klicken: Ein Polygon wächst über die Umgebung, die ähnlich aussieht.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>&amp;Draw</source>
        <translation>&amp;Zeichnen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>Draw polygons of the chosen class: click corners, right-click to end</source>
        <translation>Polygone der gewählten Klasse zeichnen: Ecken klicken, Rechtsklick beendet</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>&amp;Grow region</source>
        <translation>&amp;Fläche wachsen lassen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>Spectra and separability</source>
        <translation>Spektren und Trennbarkeit</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>Warnings</source>
        <translation>Warnungen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/dock.py"/>
        <source>Warnings ({})</source>
        <translation>Warnungen ({})</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>Click a class to draw polygons of it.</source>
        <translation>Klicken Sie auf eine Klasse, um Polygone davon zu zeichnen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>Choose a layer of polygons, or create one with New…</source>
        <translation>Wählen Sie einen Polygonlayer, oder legen Sie einen an mit Neu…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>Choose the field that holds the class. A layer without one needs a new field first.</source>
        <translation>Wählen Sie das Feld mit der Klasse. Ein Layer ohne ein solches braucht erst ein neues Feld.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>Add a class, or take a preset.</source>
        <translation>Fügen Sie eine Klasse hinzu, oder nehmen Sie eine Vorlage.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>Grow region</source>
        <translation>Fläche wachsen lassen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>The layer did not take the polygon.</source>
        <translation>Der Layer hat das Polygon nicht angenommen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>The layer's coordinate reference system cannot show this place.</source>
        <translation>Das KBS des Layers kann diesen Ort nicht darstellen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>{} is read-only, so nothing can be drawn in it.</source>
        <translation>{} ist schreibgeschützt, darin kann nichts gezeichnet werden.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>{}: click corners on the map, right-click to end. Ctrl+Z takes back.</source>
        <translation>{}: Ecken auf der Karte klicken, Rechtsklick beendet. Strg+Z nimmt zurück.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/drawing.py"/>
        <source>{}: click a pixel on the map.</source>
        <translation>{}: Auf ein Pixel der Karte klicken.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>How different a pixel may be from the place that was clicked, as the mean over the bands. 1 is one standard deviation of the image around that place, whatever the units of the image. Turn the mouse wheel on the map to change it.</source>
        <translation>Wie sehr sich ein Pixel vom angeklickten Ort unterscheiden darf, im Mittel über die Kanäle. 1 ist eine Standardabweichung des Bildes um diesen Ort, unabhängig von den Einheiten des Bildes. Mit dem Mausrad auf der Karte ändern.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>Growing a region</source>
        <translation>Fläche wächst</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>Reading the image…</source>
        <translation>Bild wird gelesen…</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>The image has no data here.</source>
        <translation>Das Bild hat hier keine Daten.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>This is outside the image.</source>
        <translation>Das liegt außerhalb des Bildes.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>{count} pixels at tolerance {tolerance}.</source>
        <translation>{count} Pixel bei Toleranz {tolerance}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>This is as large as it may get.</source>
        <translation>Größer darf sie nicht werden.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/grow_tool.py"/>
        <source>Wheel: tolerance. Enter or a click: take it. Esc: throw it away.</source>
        <translation>Mausrad: Toleranz. Eingabe oder Klick: übernehmen. Esc: verwerfen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/saving.py"/>
        <source>Saving the classes</source>
        <translation>Klassen werden gespeichert</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/saving.py"/>
        <source>{} is locked by another program, or read-only.</source>
        <translation>{} ist von einem anderen Programm gesperrt oder schreibgeschützt.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/saving.py"/>
        <source>{} cannot be written.</source>
        <translation>{} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>Draw polygons to see the spectra of their classes.</source>
        <translation>Zeichnen Sie Polygone, um die Spektren ihrer Klassen zu sehen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>Reading training polygons</source>
        <translation>Trainingspolygone werden gelesen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>Choose an image to see the spectra of the classes.</source>
        <translation>Wählen Sie ein Bild, um die Spektren der Klassen zu sehen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>Choose a layer of polygons to see the spectra of their classes.</source>
        <translation>Wählen Sie einen Polygonlayer, um die Spektren seiner Klassen zu sehen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>No polygon has pixels of the image inside.</source>
        <translation>In keinem Polygon liegen Pixel des Bildes.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra.py"/>
        <source>The polygons have no field {field}.</source>
        <translation>Die Polygone haben kein Feld {field}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>These classes look different.</source>
        <translation>Diese Klassen sehen verschieden aus.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>too few pixels</source>
        <translation>zu wenige Pixel</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>poor</source>
        <translation>schlecht</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>moderate</source>
        <translation>mäßig</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>good</source>
        <translation>gut</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Pairs of classes, the worst first</source>
        <translation>Klassenpaare, die schlechtesten zuerst</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Jeffries–Matusita distance: 0 where two classes look the same, 2 where they are never confused.</source>
        <translation>Jeffries-Matusita-Distanz: 0, wo zwei Klassen gleich aussehen, 2, wo sie nie verwechselt werden.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Mean ± standard deviation</source>
        <translation>Mittel ± Standardabweichung</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>These classes look alike: a map will confuse them often. Check their polygons, or join them.</source>
        <translation>Diese Klassen sehen ähnlich aus: Eine Karte wird sie oft verwechseln. Prüfen Sie ihre Polygone, oder legen Sie sie zusammen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>A map will confuse these classes now and then.</source>
        <translation>Eine Karte wird diese Klassen hin und wieder verwechseln.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Distance</source>
        <translation>Distanz</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Separability</source>
        <translation>Trennbarkeit</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>The spectra of the classes appear here.</source>
        <translation>Hier erscheinen die Spektren der Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Wavelength (nm)</source>
        <translation>Wellenlänge (nm)</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Band</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Draw polygons of a second class to see how well the two can be told apart.</source>
        <translation>Zeichnen Sie Polygone einer zweiten Klasse, um zu sehen, wie gut sich die beiden trennen lassen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Of large polygons a part of the pixels is read.</source>
        <translation>Von großen Polygonen wird ein Teil der Pixel gelesen.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>{first} – {second}</source>
        <translation>{first} – {second}</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Needs at least {count} pixels of each class, one more than there are bands.</source>
        <translation>Braucht mindestens {count} Pixel jeder Klasse, eines mehr, als es Kanäle gibt.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>Polygons without a pixel of the image: {count}.</source>
        <translation>Polygone ohne ein Pixel des Bildes: {count}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/spectra_panel.py"/>
        <source>The {count} worst pairs are listed.</source>
        <translation>Aufgeführt sind die {count} schlechtesten Paare.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/training_classes.py"/>
        <source>The classes are kept in the project only: {}</source>
        <translation>Die Klassen bleiben nur im Projekt: {}</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>The layer has no coordinate reference system. Right-click it ▸ Layer CRS to assign one.</source>
        <translation>Der Layer hat kein KBS. Rechtsklick darauf ▸ Layer-KBS weist ihm eines zu.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>A polygon has no class.</source>
        <translation>Ein Polygon hat keine Klasse.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>Nothing to mend.</source>
        <translation>Nichts zu verbessern.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>{} and {} overlap. Pixels there are not used.</source>
        <translation>{} und {} überlappen sich. Pixel dort werden nicht verwendet.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>{}: the outline crosses itself.</source>
        <translation>{}: Der Umriss schneidet sich selbst.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>{}: a polygon lies outside the image.</source>
        <translation>{}: Ein Polygon liegt außerhalb des Bildes.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>{}: a polygon lies partly outside the image.</source>
        <translation>{}: Ein Polygon liegt teilweise außerhalb des Bildes.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>{}: a polygon has {} pixels; draw at least {}.</source>
        <translation>{}: Ein Polygon hat {} Pixel; zeichnen Sie mindestens {}.</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>Click to see it on the map</source>
        <translation>Klicken, um es auf der Karte zu sehen</translation>
    </message>
    <message>
        <location filename="../ui/digitizing/warnings_list.py"/>
        <source>… and {} more</source>
        <translation>… und {} weitere</translation>
    </message>
    <message>
        <location filename="../ui/imagery/image.py"/>
        <source>There is no image.</source>
        <translation>Es gibt kein Bild.</translation>
    </message>
    <message>
        <location filename="../ui/imagery/image.py"/>
        <source>The pixels of {layer} cannot be read.</source>
        <translation>Die Pixel von {layer} können nicht gelesen werden.</translation>
    </message>
    <message>
        <location filename="../ui/imagery/pixels.py"/>
        <source>Band {band} cannot be read.</source>
        <translation>Kanal {band} kann nicht gelesen werden.</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>One raster, or several whose bands together are the image; the first gives the grid.</source>
        <translation>Ein Raster oder mehrere, deren Kanäle zusammen das Bild sind; das erste gibt das Gitter vor.</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>The layer that the training polygons are drawn in.</source>
        <translation>Der Layer, in den die Trainingspolygone gezeichnet werden.</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>&amp;New…</source>
        <translation>&amp;Neu…</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Create an empty layer for training polygons, with its classes</source>
        <translation>Einen leeren Layer für Trainingspolygone anlegen, mit seinen Klassen</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>The field that holds the class of a polygon: its id or its name.</source>
        <translation>Das Feld mit der Klasse eines Polygons: ihrer Id oder ihrem Namen.</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>A random forest looks at single pixels and is quick. Networks look at the surroundings too; they need the deep-learning packages and more polygons.</source>
        <translation>Ein Zufallswald (Random Forest) betrachtet einzelne Pixel und ist schnell. Netze sehen auch die Umgebung; sie brauchen die Deep-Learning-Pakete und mehr Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>&amp;Image</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>&amp;Polygons</source>
        <translation>&amp;Polygone</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>&amp;Class field</source>
        <translation>&amp;Klassenfeld</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Random forest</source>
        <translation>Zufallswald (Random Forest)</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Network for patches</source>
        <translation>Netz für Bildausschnitte</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Network for tiles</source>
        <translation>Netz für Kacheln</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Me&amp;thod</source>
        <translation>Me&amp;thode</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <location filename="../ui/inputs.py"/>
        <source>Add a raster layer to the project first</source>
        <translation>Fügen Sie dem Projekt zuerst einen Rasterlayer hinzu</translation>
    </message>
    <message>
        <location filename="../ui/locks.py"/>
        <source>Free the layer {}: its file is locked or read-only.</source>
        <translation>Geben Sie den Layer {} frei: Seine Datei ist gesperrt oder schreibgeschützt.</translation>
    </message>
    <message>
        <location filename="../ui/locks.py"/>
        <source>The layer {} cannot be edited.</source>
        <translation>Der Layer {} kann nicht bearbeitet werden.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Log scale</source>
        <translation>Logarithmisch</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Losses by their logarithm: shows small differences of late epochs beside the large ones of the first.</source>
        <translation>Verluste nach ihrem Logarithmus: zeigt kleine Unterschiede später Epochen neben den großen der ersten.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>No trees are grown yet.</source>
        <translation>Noch keine Bäume gebildet.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>No epoch is finished yet.</source>
        <translation>Noch ist keine Epoche zu Ende.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Trees</source>
        <translation>Bäume</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Best epoch</source>
        <translation>Beste Epoche</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <location filename="../ui/monitor/curves.py"/>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>The trainings of this session; the last one is shown by itself.</source>
        <translation>Die Trainings dieser Sitzung; das letzte wird von selbst gezeigt.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Open &amp;report</source>
        <translation>&amp;Bericht öffnen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Sample predictions</source>
        <translation>Beispielvorhersagen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>No training has run in this session yet. Start one from the Processing Toolbox.</source>
        <translation>In dieser Sitzung lief noch kein Training. Starten Sie eines aus der Werkzeugkiste.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>{}, {} – {}</source>
        <translation>{}, {} – {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>{}: {}</source>
        <translation>{}: {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Running for {}, at most {} left</source>
        <translation>Läuft seit {}, noch höchstens {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Running for {}</source>
        <translation>Läuft seit {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/dock.py"/>
        <source>Took {}</source>
        <translation>Dauerte {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Epoch of the sample predictions</source>
        <translation>Epoche der Beispielvorhersagen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Zoom in</source>
        <translation>Hineinzoomen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Zoom out</source>
        <translation>Hinauszoomen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Show the whole sheet</source>
        <translation>Das ganze Blatt zeigen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Epoch {} (best)</source>
        <translation>Epoche {} (beste)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/sheets.py"/>
        <source>Epoch {}</source>
        <translation>Epoche {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It ends now. The network of the best epoch is kept, measured and saved as usual.</source>
        <translation>Es endet jetzt. Das Netz der besten Epoche bleibt und wird wie üblich gemessen und gespeichert.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Validation</source>
        <translation>Validierung</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Within the epoch</source>
        <translation>Innerhalb der Epoche</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Kappa</source>
        <translation>Kappa</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Mean IoU</source>
        <translation>Mittlerer IoU</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Quadratic kappa</source>
        <translation>Quadratisches Kappa</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Rank correlation (rho)</source>
        <translation>Rangkorrelation (rho)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>PSNR (dB)</source>
        <translation>PSNR (dB)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>SSIM</source>
        <translation>SSIM</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Correlation of edges</source>
        <translation>Korrelation der Kanten</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>RMSE of the NDVI</source>
        <translation>RMSE des NDVI</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Spectral angle (°)</source>
        <translation>Spektralwinkel (°)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>finishing</source>
        <translation>endet</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Each tree is asked of the samples that it did not learn from. It learnt from their neighbours in the same polygon, so this is not the accuracy of the map. It only shows whether more trees would help.</source>
        <translation>Jeder Baum wird zu den Stichproben befragt, aus denen er nicht gelernt hat. Aus deren Nachbarn im selben Polygon hat er gelernt; das ist also nicht die Genauigkeit der Karte. Es zeigt nur, ob mehr Bäume helfen würden.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Single pixels are held out, whose neighbours in the same polygon were learnt from, so this is not the accuracy of the map. It only shows whether more trees would help.</source>
        <translation>Zurückgehalten sind einzelne Pixel, aus deren Nachbarn im selben Polygon gelernt wurde; das ist also nicht die Genauigkeit der Karte. Es zeigt nur, ob mehr Bäume helfen würden.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>On samples that the trees know nothing of. Where the curves are level more trees do not help.</source>
        <translation>An Stichproben, von denen die Bäume nichts wissen. Wo die Kurven flach sind, helfen mehr Bäume nicht.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>The number of trees is settled: as many have been tested.</source>
        <translation>Die Zahl der Bäume steht fest: So viele wurden geprüft.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>&amp;Stop with these trees</source>
        <translation>Mit diesen Bäumen &amp;beenden</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It has left no model.</source>
        <translation>Es hat kein Modell hinterlassen.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It was ended early, as you asked.</source>
        <translation>Es wurde auf Ihren Wunsch vorzeitig beendet.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It gets no more trees. The model of so many is measured, grown and saved as usual.</source>
        <translation>Er bekommt keine weiteren Bäume. Das Modell mit so vielen wird wie üblich gemessen, gebildet und gespeichert.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It ends after the first epoch, since without one there is no network to keep.</source>
        <translation>Es endet nach der ersten Epoche, denn ohne eine gibt es kein Netz, das bleiben kann.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Best epoch so far: {}, {} {}</source>
        <translation>Beste Epoche bisher: {}, {} {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Best epoch: {}, {} {}</source>
        <translation>Beste Epoche: {}, {} {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Overall accuracy</source>
        <translation>Gesamtgenauigkeit</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Balanced accuracy</source>
        <translation>Ausgewogene Genauigkeit</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Accuracy in validation</source>
        <translation>Genauigkeit in der Validierung</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Likeness in validation</source>
        <translation>Ähnlichkeit in der Validierung</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Accuracy on held-out polygons</source>
        <translation>Genauigkeit an zurückgehaltenen Polygonen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Accuracy on held-out blocks</source>
        <translation>Genauigkeit an zurückgehaltenen Blöcken</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Accuracy on held-out pixels (optimistic)</source>
        <translation>Genauigkeit an zurückgehaltenen Pixeln (optimistisch)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Out-of-bag accuracy (optimistic)</source>
        <translation>Out-of-bag-Genauigkeit (optimistisch)</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>failed</source>
        <translation>gescheitert</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>&amp;Stop and keep the best</source>
        <translation>&amp;Anhalten und das beste behalten</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Ends the training now; the network of the best epoch is measured and saved as usual.</source>
        <translation>Beendet das Training jetzt; das Netz der besten Epoche wird wie üblich gemessen und gespeichert.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>There are no trees yet.</source>
        <translation>Es gibt noch keine Bäume.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>The forest gets no more trees than it has now; it is measured, grown from all samples and saved.</source>
        <translation>Der Wald bekommt nicht mehr Bäume, als er jetzt hat; er wird gemessen, aus allen Stichproben gebildet und gespeichert.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>It has left no model. Started again with the same settings and files, it goes on.</source>
        <translation>Es hat kein Modell hinterlassen. Mit denselben Einstellungen und Dateien neu gestartet, geht es weiter.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} h {} min</source>
        <translation>{} h {} min</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} ({})</source>
        <translation>{} ({})</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Epoch {} of at most {}</source>
        <translation>Epoche {} von höchstens {}</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} of at most {} epochs</source>
        <translation>{} von höchstens {} Epochen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} min {} s</source>
        <translation>{} min {} s</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Tiles that the network does not learn from: image, reference, prediction.</source>
        <translation>Kacheln, von denen das Netz nicht lernt: Bild, Referenz, Vorhersage.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Patches that the network does not learn from: below each its class, and what the network says.</source>
        <translation>Bildausschnitte, von denen das Netz nicht lernt: unter jedem seine Klasse und was das Netz sagt.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>Tiles that the network does not learn from: as it came in, refined, target.</source>
        <translation>Kacheln, von denen das Netz nicht lernt: wie eingegangen, verfeinert, Ziel.</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>training loss</source>
        <translation>Trainingsverlust</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>validation loss</source>
        <translation>Validierungsverlust</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} trees; further folds and the model itself follow</source>
        <translation>{} Bäume; weitere Teile und das Modell selbst folgen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} of {} trees</source>
        <translation>{} von {} Bäumen</translation>
    </message>
    <message>
        <location filename="../ui/monitor/wording.py"/>
        <source>{} trees</source>
        <translation>{} Bäume</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>Bands in order</source>
        <translation>Kanäle der Reihe nach</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>Tick the bands to use; drag them into order, or move them with Alt+Up and Alt+Down</source>
        <translation>Haken Sie die Kanäle an, die verwendet werden; ziehen Sie sie in die Reihenfolge, oder bewegen Sie sie mit Alt+Auf und Alt+Ab</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>Tick all, in the order of the raster</source>
        <translation>Alle anhaken, in der Reihenfolge des Rasters</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>Found by their names</source>
        <translation>Nach ihren Namen gefunden</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>All bands</source>
        <translation>Alle Kanäle</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>No band is ticked: all are used.</source>
        <translation>Kein Kanal ist angehakt: Alle werden verwendet.</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>The image has no band '{}'.</source>
        <translation>Das Bild hat keinen Kanal „{}“.</translation>
    </message>
    <message>
        <location filename="../ui/parameters/bands.py"/>
        <source>Band {}</source>
        <translation>Kanal {}</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>[Not selected]</source>
        <translation>[Nicht gewählt]</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>The processor, since no graphics card was found</source>
        <translation>Der Prozessor, da keine Grafikkarte gefunden wurde</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>An NVIDIA graphics card (none was found)</source>
        <translation>Eine NVIDIA-Grafikkarte (keine gefunden)</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>{} of {} GiB free</source>
        <translation>{} von {} GiB frei</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>The graphics card {}, else the processor</source>
        <translation>Die Grafikkarte {}, sonst der Prozessor</translation>
    </message>
    <message>
        <location filename="../ui/parameters/choices.py"/>
        <source>{}
Driver {}</source>
        <translation>{}
Treiber {}</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>A number for each class in the order of the ids, such as 0.4, 2.5, 2.0</source>
        <translation>Eine Zahl für jede Klasse in der Reihenfolge der Ids, etwa 0.4, 2.5, 2.0</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>Choose the data set first, and its classes are listed here.</source>
        <translation>Wählen Sie zuerst den Datensatz, dann stehen hier seine Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>None: every pixel counts the same</source>
        <translation>Keine: Jedes Pixel zählt gleich viel</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>Balanced: rare classes count as much as frequent ones</source>
        <translation>Ausgewogen: Seltene Klassen zählen so viel wie häufige</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>Own numbers…</source>
        <translation>Eigene Zahlen…</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>{} numbers for {} classes: {}.</source>
        <translation>{} Zahlen für {} Klassen: {}.</translation>
    </message>
    <message>
        <location filename="../ui/parameters/class_weights.py"/>
        <source>Weight of {}</source>
        <translation>Gewicht von {}</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>None: at random to begin with</source>
        <translation>Keine: zu Beginn zufällig</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>ImageNet: learnt from photographs, downloaded once</source>
        <translation>ImageNet: an Fotos gelernt, einmal heruntergeladen</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>A file…</source>
        <translation>Eine Datei…</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Weights (*.safetensors *.pth *.pt *.bin *.landloom);;All files (*)</source>
        <translation>Gewichte (*.safetensors *.pth *.pt *.bin *.landloom);;Alle Dateien (*)</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Encoder</source>
        <translation>Encoder</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Parameters [million]</source>
        <translation>Parameter [Millionen]</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>Any encoder of segmentation-models-pytorch; with the prefix tu- any model of timm.</source>
        <translation>Jeder Encoder von segmentation-models-pytorch; mit dem Präfix tu- jedes Modell von timm.</translation>
    </message>
    <message>
        <location filename="../ui/parameters/encoders.py"/>
        <source>{} million parameters; to learn takes {} × the time and {} × the memory of resnet50.</source>
        <translation>{} Millionen Parameter; das Lernen braucht {} × die Zeit und {} × den Speicher von resnet50.</translation>
    </message>
    <message>
        <location filename="../ui/review/dock.py"/>
        <source>This review lies in a temporary file, which is deleted when QGIS ends. To keep it, save the project before you make a queue, or choose a file for its places.</source>
        <translation>Diese Prüfung liegt in einer temporären Datei, die am Ende von QGIS gelöscht wird. Um sie zu behalten, speichern Sie das Projekt, bevor Sie eine Liste zusammenstellen, oder wählen Sie eine Datei für ihre Orte.</translation>
    </message>
    <message>
        <location filename="../ui/review/dock.py"/>
        <source>The map of this review was not found, so it cannot be shown: {}</source>
        <translation>Die Karte dieser Überprüfung wurde nicht gefunden und kann nicht gezeigt werden: {}</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>These places were drawn at random to tell how good the map is. A model that has learned from them would be judged by what it knows already, and look better than it is. So no training squares are made of them, unless you give up their use as a reference.</source>
        <translation>Diese Orte wurden zufällig gezogen, um zu sagen, wie gut die Karte ist. Ein Modell, das aus ihnen gelernt hat, würde an dem gemessen, was es schon weiß, und besser aussehen, als es ist. Darum werden aus ihnen keine Trainingsquadrate, außer Sie verzichten auf sie als Referenz.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>Look at places of the map one by one and say what is there. Make a queue of places, or open one.</source>
        <translation>Sehen Sie sich Orte der Karte einen nach dem anderen an, und sagen Sie, was dort ist. Stellen Sie eine Liste von Orten zusammen, oder öffnen Sie eine.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>Around each place that gets a class, a square of this size is kept as a training polygon.</source>
        <translation>Um jeden Ort, der eine Klasse bekommt, bleibt ein Quadrat dieser Größe als Trainingspolygon.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>There are no places in this review file. Make another queue.</source>
        <translation>In dieser Prüfdatei sind keine Orte. Stellen Sie eine andere Liste zusammen.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>All places are decided. Next: Evaluate the map, with these places as the reference.</source>
        <translation>Alle Orte sind entschieden. Als Nächstes: die Karte bewerten, mit diesen Orten als Referenz.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>All places are decided. Next: Add to training polygons, save them and train again.</source>
        <translation>Alle Orte sind entschieden. Als Nächstes: zu den Trainingspolygonen hinzufügen, speichern und neu trainieren.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>hidden until decided</source>
        <translation>verborgen bis zur Entscheidung</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>Place {}</source>
        <translation>Ort {}</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>The review {} is not on the map. Open it to go on where you were, or make a new queue.</source>
        <translation>Die Prüfung {} ist nicht auf der Karte. Öffnen Sie sie, um weiterzumachen, wo Sie waren, oder stellen Sie eine neue Liste zusammen.</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>{} of {} decided</source>
        <translation>{} von {} entschieden</translation>
    </message>
    <message>
        <location filename="../ui/review/facts.py"/>
        <source>{} {} %</source>
        <translation>{} {} %</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>{} is no review file: it has no layer {}. Make one with Queue places for review.</source>
        <translation>{} ist keine Prüfdatei: Sie hat keinen Layer {}. Erzeugen Sie eine mit Orte zur Prüfung auswählen.</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Accepted</source>
        <translation>Bestätigt</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Relabelled</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Skipped</source>
        <translation>Übersprungen</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Open a review file</source>
        <translation>Prüfdatei öffnen</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>GeoPackage (*.gpkg)</source>
        <translation>GeoPackage (*.gpkg)</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Places to review: {}</source>
        <translation>Zu prüfende Orte: {}</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Training squares: {}</source>
        <translation>Trainingsquadrate: {}</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>The review file {} does not exist.</source>
        <translation>Die Prüfdatei {} gibt es nicht.</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>{} is no review file: its places have no field {}.</source>
        <translation>{} ist keine Prüfdatei: Ihre Orte haben kein Feld {}.</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>{} is no review file: it does not say which map it is about.</source>
        <translation>{} ist keine Prüfdatei: Sie sagt nicht, um welche Karte es geht.</translation>
    </message>
    <message>
        <location filename="../ui/review/loading.py"/>
        <source>Review: {}</source>
        <translation>Prüfung: {}</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Open…</source>
        <translation>Öffnen…</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Open a review file (GeoPackage)</source>
        <translation>Eine Prüfdatei öffnen (GeoPackage)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>New queue…</source>
        <translation>Neue Liste…</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Choose places of the map to be looked at</source>
        <translation>Orte der Karte zum Ansehen auswählen</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Place to review</source>
        <translation>Zu prüfender Ort</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Previous place (left arrow or P)</source>
        <translation>Voriger Ort (Pfeil links oder P)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Next place (right arrow or N)</source>
        <translation>Nächster Ort (Pfeil rechts oder N)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>First open place</source>
        <translation>Erster offener Ort</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Open places</source>
        <translation>Offene Orte</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>All places</source>
        <translation>Alle Orte</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Which places Previous and Next go to</source>
        <translation>Zu welchen Orten Voriger und Nächster führen</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Accept (Space)</source>
        <translation>Stimmt (Leertaste)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>The map is right here (Space or Enter)</source>
        <translation>Die Karte stimmt hier (Leertaste oder Eingabe)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Skip (S)</source>
        <translation>Überspringen (S)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>It cannot be told what is here (S)</source>
        <translation>Was hier ist, lässt sich nicht sagen (S)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Take the last decision back (Ctrl+Z)</source>
        <translation>Die letzte Entscheidung zurücknehmen (Strg+Z)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>What you saw</source>
        <translation>Was Sie gesehen haben</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>A note on this place. After Enter the keys are those of the review again.</source>
        <translation>Eine Notiz zu diesem Ort. Nach der Eingabetaste gelten wieder die Tasten der Prüfung.</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>none</source>
        <translation>keines</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>1 pixel</source>
        <translation>1 Pixel</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>3 × 3 pixels</source>
        <translation>3 × 3 Pixel</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>5 × 5 pixels</source>
        <translation>5 × 5 Pixel</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Hide the map until decided</source>
        <translation>Karte bis zur Entscheidung verbergen</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Neither the map nor its class is shown before you have decided, so that they do not sway you: for reference data that are to tell how good the map is.</source>
        <translation>Weder die Karte noch ihre Klasse wird gezeigt, bevor Sie entschieden haben, damit sie Sie nicht beeinflussen: für Referenzdaten, die sagen sollen, wie gut die Karte ist.</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>N&amp;ote:</source>
        <translation>N&amp;otiz:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>&amp;Go to:</source>
        <translation>&amp;Gehe zu:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>&amp;Training square:</source>
        <translation>&amp;Trainingsquadrat:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Map and image</source>
        <translation>Karte und Bild</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Map (F)</source>
        <translation>Karte (F)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Show or hide the map (F)</source>
        <translation>Karte zeigen oder verbergen (F)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Swipe (W)</source>
        <translation>Wischen (W)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Map left and image right of the mouse on the canvas (W)</source>
        <translation>Karte links und Bild rechts der Maus im Kartenfenster (W)</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Flicker every</source>
        <translation>Wechsel alle</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Show and hide the map by itself</source>
        <translation>Karte von selbst zeigen und verbergen</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Seconds between map and image</source>
        <translation>Sekunden zwischen Karte und Bild</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source> pixels</source>
        <translation> Pixel</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>How much of the map is shown around a place</source>
        <translation>Wie viel von der Karte um einen Ort gezeigt wird</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>&amp;View:</source>
        <translation>&amp;Ansicht:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Use the review</source>
        <translation>Prüfung verwenden</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Add to training polygons</source>
        <translation>Trainingspolygone ergänzen</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Add the training squares of this review to the project's training polygons, each once</source>
        <translation>Die Trainingsquadrate dieser Prüfung zu den Trainingspolygonen des Projekts hinzufügen, jedes einmal</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Evaluate the map…</source>
        <translation>Karte bewerten…</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>How good the map is by the decided places</source>
        <translation>Wie gut die Karte nach den entschiedenen Orten ist</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Map:</source>
        <translation>Karte:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>The map's class at this place</source>
        <translation>Die Klasse der Karte an diesem Ort</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Other map:</source>
        <translation>Andere Karte:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>The class of the other map or reference at this place</source>
        <translation>Die Klasse der anderen Karte oder der Referenz an diesem Ort</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Uncertainty:</source>
        <translation>Unsicherheit:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>The higher, the less sure the model is here</source>
        <translation>Je höher, desto unsicherer ist das Modell hier</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Model:</source>
        <translation>Modell:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>The probabilities of the classes at this place</source>
        <translation>Die Wahrscheinlichkeiten der Klassen an diesem Ort</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>Decided:</source>
        <translation>Entschieden:</translation>
    </message>
    <message>
        <location filename="../ui/review/panel.py"/>
        <source>What was decided at this place</source>
        <translation>Was an diesem Ort entschieden wurde</translation>
    </message>
    <message>
        <location filename="../ui/review/review_file.py"/>
        <source>Free the review file: it is locked or read-only.</source>
        <translation>Prüfdatei freigeben: gesperrt oder nur lesbar.</translation>
    </message>
    <message>
        <location filename="../ui/review/review_file.py"/>
        <source>The decision could not be written to {}: the file is read-only, or another program is using it. Nothing was changed; free the file and decide again.</source>
        <translation>Die Entscheidung konnte nicht in {} geschrieben werden: Die Datei ist schreibgeschützt oder wird von einem anderen Programm benutzt. Nichts wurde geändert; geben Sie die Datei frei, und entscheiden Sie noch einmal.</translation>
    </message>
    <message>
        <location filename="../ui/review/review_file.py"/>
        <source>A layer of the review was removed. Open the review file again.</source>
        <translation>Ein Layer der Prüfung wurde entfernt. Öffnen Sie die Prüfdatei noch einmal.</translation>
    </message>
    <message>
        <location filename="../ui/review/reviewer.py"/>
        <source>The place lies where the project's coordinate reference system does not reach.</source>
        <translation>Der Ort liegt, wohin das KBS des Projekts nicht reicht.</translation>
    </message>
    <message>
        <location filename="../ui/review/squares.py"/>
        <source>Nothing was added: {}</source>
        <translation>Nichts wurde hinzugefügt: {}</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>{} squares added to {}, {} given another class, {} there already.</source>
        <translation>{} Quadrate zu {} hinzugefügt, {} mit anderer Klasse versehen, {} schon vorhanden.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>Add training squares of the review</source>
        <translation>Trainingsquadrate der Prüfung hinzufügen</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>The project has no training polygons yet. Choose them in the dock Classes and polygons.</source>
        <translation>Das Projekt hat noch keine Trainingspolygone. Wählen Sie sie im Bedienfeld Klassen und Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>This review has no training squares: choose the size of the training square before you decide.</source>
        <translation>Diese Prüfung hat keine Trainingsquadrate: Wählen Sie die Größe des Trainingsquadrats, bevor Sie entscheiden.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>Save the layer's edits to keep them.</source>
        <translation>Speichern Sie die Änderungen des Layers, um sie zu behalten.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>the layer {} refused a polygon</source>
        <translation>der Layer {} hat ein Polygon abgelehnt</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>The layer {} has no field {}.</source>
        <translation>Der Layer {} hat kein Feld {}.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>The layer {} does not hold polygons.</source>
        <translation>Der Layer {} enthält keine Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/review/training.py"/>
        <source>Left out, since you have deleted them: {}.</source>
        <translation>Ausgelassen, da Sie sie gelöscht haben: {}.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Leave it empty for the usual version of CUDA. If the card's driver is older, pytorch.org ▸ Get started shows the address of a build that fits, after --index-url.</source>
        <translation>Für die übliche CUDA-Version leer lassen. Ist der Treiber der Karte älter, zeigt pytorch.org ▸ Get started hinter --index-url die Adresse einer passenden Variante.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>installed</source>
        <translation>installiert</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>needs an upgrade</source>
        <translation>muss aktualisiert werden</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Can be left empty.</source>
        <translation>Kann leer bleiben.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Needed for CUDA on Windows: pytorch.org ▸ Get started shows the address, after --index-url.</source>
        <translation>Für CUDA unter Windows nötig: pytorch.org ▸ Get started zeigt die Adresse hinter --index-url.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>For Linux the usual package index has the large CUDA build alone. pytorch.org ▸ Get started shows the address of the build for the processor, after --index-url.</source>
        <translation>Für Linux hat der übliche Paketindex nur die große CUDA-Variante. pytorch.org ▸ Get started zeigt hinter --index-url die Adresse der Variante für den Prozessor.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>the usual package index</source>
        <translation>der übliche Paketindex</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>PyTorch for</source>
        <translation>PyTorch für</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Packages &amp;from</source>
        <translation>Pakete &amp;von</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>The address of PyTorch's own package index, for builds that others do not have.</source>
        <translation>Die Adresse des Paketindex von PyTorch selbst, für Varianten, die andere nicht haben.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>What is installed</source>
        <translation>Was installiert wird</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Forests, maps, accuracy</source>
        <translation>Zufallswälder, Karten, Genauigkeit</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>&amp;Deep learning</source>
        <translation>&amp;Deep Learning</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>D&amp;ense CRF</source>
        <translation>D&amp;ense CRF</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>What every algorithm needs.</source>
        <translation>Was jeder Algorithmus braucht.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Neural networks, with PyTorch.</source>
        <translation>Neuronale Netze, mit PyTorch.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>Refines maps. It is built here, with a C++ compiler.</source>
        <translation>Verfeinert Karten. Wird hier mit einem C++-Compiler gebaut.</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>the &amp;processor ({} to download)</source>
        <translation>den &amp;Prozessor ({} herunterzuladen)</translation>
    </message>
    <message>
        <location filename="../ui/setup/choices.py"/>
        <source>an &amp;NVIDIA graphics card, with CUDA ({} to download)</source>
        <translation>eine &amp;NVIDIA-Grafikkarte, mit CUDA ({} herunterzuladen)</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>To download: about {}. On the disk: about {}, of {} that are free.</source>
        <translation>Herunterzuladen: etwa {}. Auf der Platte: etwa {} von {}, die frei sind.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Delete the environment in {}? Models, maps and the catalogue stay.</source>
        <translation>Die Umgebung in {} löschen? Modelle, Karten und der Katalog bleiben.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Set up Landloom</source>
        <translation>Landloom einrichten</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Landloom computes in a Python environment of its own, so that nothing in QGIS is changed. Here it is installed, upgraded, repaired or removed.</source>
        <translation>Landloom rechnet in einer eigenen Python-Umgebung, damit in QGIS nichts verändert wird. Hier wird sie installiert, aktualisiert, repariert oder entfernt.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Another folder can be named in the environment variable LANDLOOM_HOME.</source>
        <translation>Ein anderer Ordner kann in der Umgebungsvariablen LANDLOOM_HOME genannt werden.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Looking for one …</source>
        <translation>Wird gesucht …</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Graphics card</source>
        <translation>Grafikkarte</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>PyTorch</source>
        <translation>PyTorch</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>What is done is shown here.</source>
        <translation>Hier erscheint, was geschieht.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Versions, states and the log, without private paths: to be sent with a report.</source>
        <translation>Versionen, Zustände und das Protokoll, ohne private Pfade: zum Mitschicken mit einer Meldung.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Continue</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Upgrade</source>
        <translation>&amp;Aktualisieren</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Install</source>
        <translation>&amp;Installieren</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Repair…</source>
        <translation>&amp;Reparieren…</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Everything is removed and installed anew: about {} are downloaded. Go on?</source>
        <translation>Alles wird entfernt und neu installiert: Etwa {} werden heruntergeladen. Fortfahren?</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Landloom is ready.</source>
        <translation>Landloom ist bereit.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>{} for CUDA {}, but it sees no graphics card that it can use, so it computes on the processor. Update the card's driver, or choose another build.</source>
        <translation>{} für CUDA {}, sieht aber keine Grafikkarte, die es nutzen kann, und rechnet deshalb auf dem Prozessor. Aktualisieren Sie den Treiber der Karte, oder wählen Sie eine andere Variante.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Remove…</source>
        <translation>&amp;Entfernen…</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>&amp;Copy diagnostics</source>
        <translation>&amp;Diagnose kopieren</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>None of NVIDIA's was found; neural networks use the processor.</source>
        <translation>Keine von NVIDIA gefunden; neuronale Netze nutzen den Prozessor.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>That is too little: free some space, or name a folder on another disk in LANDLOOM_HOME.</source>
        <translation>Das ist zu wenig: Schaffen Sie Platz, oder nennen Sie in LANDLOOM_HOME einen Ordner auf einer anderen Platte.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>All that is chosen is installed; a repair installs it anew.</source>
        <translation>Alles Gewählte ist installiert; eine Reparatur installiert es neu.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>The environment was removed.</source>
        <translation>Die Umgebung wurde entfernt.</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>{} for the processor</source>
        <translation>{} für den Prozessor</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>{} for CUDA {}, computes on {}</source>
        <translation>{} für CUDA {}, rechnet auf {}</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>{} with {}, driver {}</source>
        <translation>{} mit {}, Treiber {}</translation>
    </message>
    <message>
        <location filename="../ui/setup/dialog.py"/>
        <source>{}, driver {}</source>
        <translation>{}, Treiber {}</translation>
    </message>
    <message>
        <location filename="../ui/workbench/dock.py"/>
        <source>Landloom is not set up yet.</source>
        <translation>Landloom ist noch nicht eingerichtet.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/dock.py"/>
        <source>Save the project: results then go beside it, else they are temporary.</source>
        <translation>Speichern Sie das Projekt: Dann liegen die Ergebnisse daneben, sonst sind sie temporär.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/dock.py"/>
        <source>Save…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/step_widget.py"/>
        <source>More for this step</source>
        <translation>Mehr zu diesem Schritt</translation>
    </message>
    <message>
        <location filename="../ui/workbench/step_widget.py"/>
        <source>look at this</source>
        <translation>bitte ansehen</translation>
    </message>
    <message>
        <location filename="../ui/workbench/step_widget.py"/>
        <source>not done</source>
        <translation>nicht fertig</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Choose an image above first.</source>
        <translation>Wählen Sie oben zuerst ein Bild.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Choose the layer of training polygons above first.</source>
        <translation>Wählen Sie oben zuerst den Layer der Trainingspolygone.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Draw training polygons first (step 1).</source>
        <translation>Zeichnen Sie zuerst Trainingspolygone (Schritt 1).</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} samples of {} polygons in {} classes.</source>
        <translation>{} Stichproben aus {} Polygonen in {} Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} for training, {} for validation, {} for the test.</source>
        <translation>{} zum Training, {} zur Validierung, {} zum Test.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The map is newer than these places.</source>
        <translation>Die Karte ist neuer als diese Orte.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>No training polygons yet. Make a layer, or choose one above.</source>
        <translation>Noch keine Trainingspolygone. Legen Sie einen Layer an, oder wählen Sie oben einen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The layer is empty: draw several small polygons for each class.</source>
        <translation>Der Layer ist leer: Zeichnen Sie für jede Klasse mehrere kleine Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} polygons in {} classes.</source>
        <translation>{} Polygone in {} Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>A map needs two classes at least.</source>
        <translation>Eine Karte braucht mindestens zwei Klassen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The layer has changes that are not saved yet.</source>
        <translation>Der Layer hat Änderungen, die noch nicht gespeichert sind.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>No data set yet.</source>
        <translation>Noch kein Datensatz.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The polygons have changed since.</source>
        <translation>Die Polygone haben sich seither geändert.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>No model yet.</source>
        <translation>Noch kein Modell.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The data set is newer than the model.</source>
        <translation>Der Datensatz ist neuer als das Modell.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>No map yet.</source>
        <translation>Noch keine Karte.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The model is newer than the map.</source>
        <translation>Das Modell ist neuer als die Karte.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Look at places where the map may be wrong, or at random ones to measure its accuracy.</source>
        <translation>Sehen Sie sich Orte an, an denen die Karte falsch sein kann, oder zufällige, um ihre Genauigkeit zu messen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} of {} places looked at.</source>
        <translation>{} von {} Orten angesehen.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{}: {} % right on what was held out, kappa {}.</source>
        <translation>{}: {} % richtig beim Zurückgehaltenen, Kappa {}.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{}: {} ha mapped.</source>
        <translation>{}: {} ha kartiert.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>The layer has no field '{}'. Choose one above: {}.</source>
        <translation>Der Layer hat kein Feld „{}“. Wählen Sie oben eines: {}.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} polygons.</source>
        <translation>{} Polygone.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} is gone. Make it again.</source>
        <translation>{} ist weg. Erzeugen Sie ihn neu.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} is gone. Train again.</source>
        <translation>{} ist weg. Trainieren Sie neu.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} is gone. Map again.</source>
        <translation>{} ist weg. Kartieren Sie neu.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Overall accuracy {} %.</source>
        <translation>Gesamtgenauigkeit {} %.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>{} cannot be read. Queue places again.</source>
        <translation>{} kann nicht gelesen werden. Wählen Sie die Orte neu aus.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Make the data set first (step 2).</source>
        <translation>Erzeugen Sie zuerst den Datensatz (Schritt 2).</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Review places</source>
        <translation>Orte prüfen</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Queue places for review…</source>
        <translation>Orte zur Prüfung auswählen…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Extract samples…</source>
        <translation>Stichproben entnehmen…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Build patch data set…</source>
        <translation>Datensatz aus Bildausschnitten erzeugen…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Cut tiles…</source>
        <translation>Kacheln schneiden…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Train random forest…</source>
        <translation>Zufallswald trainieren…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Train patch classifier…</source>
        <translation>Klassifikator für Bildausschnitte trainieren…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Train segmentation network…</source>
        <translation>Segmentierungsnetz trainieren…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Data set</source>
        <translation>Datensatz</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Make a map first (step 4).</source>
        <translation>Erzeugen Sie zuerst eine Karte (Schritt 4).</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Draw polygons</source>
        <translation>Polygone zeichnen</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>New training layer…</source>
        <translation>Neuer Trainingslayer…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Check training polygons…</source>
        <translation>Trainingspolygone prüfen…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Create demo scene…</source>
        <translation>Demoszene erzeugen…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Map with the model…</source>
        <translation>Mit dem Modell kartieren…</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Check of the polygons</source>
        <translation>Prüfung der Polygone</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Report on the data set</source>
        <translation>Bericht zum Datensatz</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Report on the model</source>
        <translation>Bericht zum Modell</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Train a model first (step 3).</source>
        <translation>Trainieren Sie zuerst ein Modell (Schritt 3).</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Make a map first.</source>
        <translation>Erzeugen Sie zuerst eine Karte.</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Show the map</source>
        <translation>Karte zeigen</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Show the uncertainty</source>
        <translation>Unsicherheit zeigen</translation>
    </message>
    <message>
        <location filename="../ui/workbench/steps.py"/>
        <source>Report on the map</source>
        <translation>Bericht zur Karte</translation>
    </message>
</context>
</TS>
